// Films of trainings, side by side, with one slider: it plays them, and stays at the newest frame until it is moved.
const FRAME = 400; // milliseconds

export default function ({ parentElement, data }) {
  const [films, button, slider, output] = [".films", "button", "input", "output"].map((selector) =>
    parentElement.querySelector(selector),
  );
  const last = data.moments.length - 1;
  // The page is drawn anew while a network is trained: what the visitor looks at stays.
  const isNew = films.dataset.shown !== data.shown;
  const follows = isNew || (!parentElement.timer && Number(slider.value) === Number(slider.max));
  slider.max = last;
  if (follows) slider.value = last;

  if (isNew) {
    films.dataset.shown = data.shown;
    stop();
    films.replaceChildren(
      ...data.films.map(() => {
        const figure = document.createElement("figure");
        const frame = document.createElement("div");
        frame.className = "frame";
        frame.append(...[1, 2, 3].map(() => document.createElement("img")));
        figure.append(document.createElement("figcaption"), frame);
        return figure;
      }),
    );
  }

  const show = () => {
    const moment = data.moments[slider.value];
    output.textContent = moment;
    slider.setAttribute("aria-valuetext", moment);
    data.films.forEach((film, place) => {
      const [labels, maps] = film.frames[slider.value];
      const pictures = films.children[place].querySelectorAll("img");
      [film.photos, labels, maps].forEach((source, column) => {
        const picture = pictures[column];
        if (picture.src !== source) picture.src = source;
        picture.alt = data.alts[column].replace("{moment}", moment);
        // Three rows of photos, one below the other; the maps of a row are twice as wide as high.
        picture.style.setProperty("--ratio", (column === 2 ? 2 : 1) / film.rows);
      });
      films.children[place].firstChild.textContent = film.title;
    });
  };
  const name = () => (button.textContent = parentElement.timer ? data.pause : data.play);
  function stop() {
    clearInterval(parentElement.timer);
    parentElement.timer = null;
  }
  const play = () => {
    if (Number(slider.value) === last) slider.value = 0;
    parentElement.timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (Number(slider.value) === last) pause();
    }, FRAME);
  };
  const pause = () => {
    stop();
    name();
  };

  if (parentElement.timer) {
    stop();
    play(); // with the frames that there are now
  }
  button.onclick = () => {
    if (parentElement.timer) stop();
    else play();
    show();
    name();
  };
  slider.oninput = () => {
    pause();
    show();
  };
  slider.setAttribute("aria-label", data.label);
  show();
  name();
  return stop;
}
