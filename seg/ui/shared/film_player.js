// Films of trainings, side by side, with one slider: it plays them, and stays at the newest frame until it is moved.
const FRAME = 400; // milliseconds
const AT_ONCE = 5000; // milliseconds in which the page may draw a film that plays anew, so that it plays on
// How each film stands, by what it is a film of: the page draws the film of a training anew while it grows, and in
// another place when it is complete. What the visitor looks at stays.
const stands = new Map();

export default function ({ parentElement, data }) {
  const [films, button, slider, output] = [".films", "button", "input", "output"].map((selector) =>
    parentElement.querySelector(selector),
  );
  const last = data.moments.length - 1;
  const before = stands.get(data.shown) ?? { follows: true };
  slider.max = last;
  slider.value = before.follows ? last : before.at;

  // Of two trainings that go on together one has its first frame before the other: its film is shown alone until then.
  if (films.dataset.shown !== data.shown || films.children.length !== data.films.length) {
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
    note();
  };
  const note = () => {
    const [at, plays] = [Number(slider.value), Boolean(parentElement.timer)];
    stands.set(data.shown, { at, plays, follows: !plays && at === last, when: Date.now() });
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
    note();
    name();
  };

  if (parentElement.timer || (before.plays && Date.now() - before.when < AT_ONCE)) {
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
