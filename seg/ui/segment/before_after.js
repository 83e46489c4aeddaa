// Two pictures of one size, one over the other: a divider says how much of the first is seen, from the left.
export default function ({ parentElement, data }) {
  const find = (selector) => parentElement.querySelector(selector);
  const [frame, before, after, slider] = [".frame", ".before", ".after", "input"].map(find);

  const split = (percent) => {
    slider.value = percent;
    slider.setAttribute("aria-valuetext", `${slider.value}%`);
    frame.style.setProperty("--split", `${slider.value}%`);
    frame.style.setProperty("--handle", slider.value / 100);
  };
  const follow = (event) => {
    const { left, width } = frame.getBoundingClientRect();
    split((100 * (event.clientX - left)) / width);
  };

  // The page is drawn anew whenever anything on it changes: the divider stays where the visitor has put it.
  if (after.src !== data.after) {
    before.src = data.before;
    after.src = data.after;
    split(data.split);
  }
  before.alt = data.before_alt;
  after.alt = data.after_alt;
  frame.style.setProperty("--ratio", data.ratio);
  slider.setAttribute("aria-label", data.label);
  find("figcaption").textContent = data.caption;

  slider.oninput = () => split(slider.value);
  frame.onpointerdown = (event) => {
    frame.setPointerCapture(event.pointerId);
    follow(event);
  };
  frame.onpointermove = (event) => event.buttons && follow(event);
}
