// While a file is made, its button is disabled: ask the server how far it is, and tell style.css.
const EVERY = 500; // milliseconds
const page = document.documentElement;
let timer, waited;

export default function ({ data, setTriggerValue }) {
  page.toggleAttribute("data-made", data.done !== null);
  page.style.setProperty("--made", `${Math.round(100 * data.done)}%`);
  page.style.setProperty("--made-text", `"${Math.round(100 * data.done)}%"`);

  clearInterval(timer); // this function runs again whenever the server has answered
  timer = setInterval(() => {
    const waits = document.querySelector("[data-testid=stDownloadButton] button:disabled") !== null;
    // Once more after the end, so that the next file begins without the share of this one.
    if (waits || waited) setTriggerValue("look", true);
    waited = waits;
  }, EVERY);
  return () => clearInterval(timer);
}
