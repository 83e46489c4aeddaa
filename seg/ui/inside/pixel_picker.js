// Photo and trimap, in which the visitor presses a pixel, or two: A and B. The keyboard moves the one that is chosen.
const SVG = "http://www.w3.org/2000/svg";
const WAIT = 250; // milliseconds without a key until the server is asked
const STEP = 8; // pixels that an arrow key moves; 1 with Shift
const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default function ({ parentElement, data, setStateValue }) {
  const { size, letters } = data;
  const [choice, pictures] = [".choice", ".pictures"].map((selector) => parentElement.querySelector(selector));
  // What the visitor has chosen stays when the page is drawn anew, but for another photo.
  if (parentElement.photo !== data.photo) {
    Object.assign(parentElement, { photo: data.photo, pixels: data.pixels.map((pixel) => [...pixel]), chosen: 0 });
  }
  const state = parentElement;
  let timer;

  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.textContent = text ?? "";
    return made;
  };
  const send = (delay) => {
    clearTimeout(timer);
    const pixels = state.pixels.map((pixel) => [...pixel]);
    timer = setTimeout(() => setStateValue("pixels", pixels), delay);
  };
  const move = (row, column, delay) => {
    const inside = [row, column].map((value) => Math.max(0, Math.min(size - 1, Math.round(value))));
    state.pixels[state.chosen] = inside;
    draw();
    send(delay);
  };

  const marks = (withFields) => {
    const svg = element("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" });
    state.pixels.forEach(([row, column], place) => {
      if (withFields && place === state.chosen) {
        // A number of a layer sees the square around the middle of its own place.
        data.fields.forEach(({ side, stride }) => {
          const begin = (value) => (Math.floor(value / stride) + 0.5) * stride - side / 2;
          svg.append(element("rect", { x: begin(column), y: begin(row), width: side, height: side }));
        });
      }
      const [x, y] = [column + 0.5, row + 0.5];
      svg.append(element("circle", { cx: x, cy: y, r: 5 }), element("text", { x: x + 7, y: y - 5 }, letters[place]));
    });
    return svg;
  };
  const draw = () => {
    choice.replaceChildren(
      ...letters.map((letter, place) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = data.pixel.replace("{letter}", letter);
        button.setAttribute("aria-pressed", String(place === state.chosen));
        button.onclick = () => {
          state.chosen = place;
          // The second begins where the first is, ready to be moved.
          if (state.pixels[place]) draw();
          else move(...state.pixels[0], 0);
          choice.children[place].focus();
        };
        return button;
      }),
    );
    pictures.querySelectorAll(".frame").forEach((frame, place) => {
      frame.querySelector("svg").replaceWith(marks(place === 0));
    });
  };

  const drawn = JSON.stringify([data.photo.length, data.trimap.length, data.captions]);
  if (pictures.dataset.drawn !== drawn || pictures.dataset.photo !== data.photo.slice(-64)) {
    Object.assign(pictures.dataset, { drawn, photo: data.photo.slice(-64) });
    pictures.replaceChildren(
      ...[data.photo, data.trimap].map((source, place) => {
        const figure = document.createElement("figure");
        const frame = document.createElement("div");
        frame.className = "frame";
        frame.tabIndex = 0;
        frame.setAttribute("role", "application");
        frame.setAttribute("aria-label", data.help);
        const image = document.createElement("img");
        Object.assign(image, { src: source, alt: data.captions[place], draggable: false });
        frame.append(image, element("svg", {}));
        const caption = document.createElement("figcaption");
        caption.textContent = data.captions[place];
        figure.append(frame, caption);
        return figure;
      }),
    );
  }
  pictures.querySelectorAll(".frame").forEach((frame) => {
    frame.onclick = (event) => {
      const { left, top, width, height } = frame.getBoundingClientRect();
      move(((event.clientY - top) / height) * size - 0.5, ((event.clientX - left) / width) * size - 0.5, 0);
    };
    frame.onkeydown = (event) => {
      if (!KEYS[event.key]) return;
      event.preventDefault();
      const [row, column] = state.pixels[state.chosen];
      const step = event.shiftKey ? 1 : STEP;
      move(row + KEYS[event.key][0] * step, column + KEYS[event.key][1] * step, WAIT);
    };
  });
  draw();
}
