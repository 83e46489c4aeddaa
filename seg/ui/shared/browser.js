// Screen readers and translators get the page's language and words; on a phone the sidebar opens only for who asks for it.
const NARROW = matchMedia("(max-width: 768px)"); // where Streamlit lays the sidebar over the page
const NAMES = ["aria-label", "placeholder", "title", "alt"];
// Where Streamlit writes words of its own that can be seen: what a key does, a tool's name, the camera, an empty list,
// the link over the menu for who uses the keyboard.
const WRITTEN = ["stTooltipContent", "stSkipToContent", "InputInstructions", "stCameraInput", "stSelectboxVirtualDropdown"]
  .map((place) => `[data-testid=${place}]`)
  .join();
const BLANK = "{name}";
let spoken = []; // the pairs of words that the page was last translated by: Streamlit's, and the page's
let end = () => {}; // stops what watches the page, which one language at a time does

// A function that says in one language what a label says in another, or the label itself. ``colons``: of both.
const translator = (pairs, [from, to]) => {
  const words = new Map(pairs.filter(([word]) => !word.includes(BLANK)));
  const phrases = pairs.filter(([word]) => word.includes(BLANK)).map((pair) => pair.map((text) => text.split(BLANK)));
  return (label) => {
    if (words.has(label)) return words.get(label);
    const at = label.indexOf(from); // a tool's name, and that of the picture that it is for
    if (at > 0 && words.has(label.slice(0, at))) return words.get(label.slice(0, at)) + to + label.slice(at + from.length);
    for (const [[start, end], [first, last]] of phrases) {
      if (label.length > start.length + end.length && label.startsWith(start) && label.endsWith(end)) {
        return first + label.slice(start.length, label.length - end.length) + last;
      }
    }
    return label;
  };
};

const translate = (say) => {
  for (const name of NAMES) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const label = element.getAttribute(name);
      const said = say(label);
      if (said !== label) element.setAttribute(name, said);
    }
  }
  for (const place of document.querySelectorAll(WRITTEN)) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const said = say(texts.currentNode.data);
      if (said !== texts.currentNode.data) texts.currentNode.data = said;
    }
  }
};

// Streamlit remembers that the sidebar was opened, and opens it again on the next page and after a reload.
const forget = () => {
  if (NARROW.matches) {
    Object.keys(localStorage)
      .filter((key) => key.startsWith("stSidebarCollapsed"))
      .forEach((key) => localStorage.removeItem(key));
  }
};

const onClick = (event) => {
  setTimeout(forget); // after Streamlit has noted it
  if (NARROW.matches && event.target.closest("[data-testid=stSidebar] a")) {
    document.querySelector("[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button")?.click();
  }
};

// Where the visitor turns to another page, Streamlit writes its choices, such as the language, into the address one by one,
// at first into that of the page they leave. They are no steps: Back would lead to half an address, and not away from it.
const push = history.pushState;
let isTurning = false; // the visitor has pressed a link to another page, whose address is not there yet
let isBare = false; // its address is there, and the visitor has done nothing on it yet
const touched = () => {
  isTurning = isBare = false;
};
const pressed = (event) => {
  const link = event.target.closest?.("a[href]:not([target=_blank])");
  const opensHere = !(event.ctrlKey || event.metaKey || event.shiftKey);
  isTurning = Boolean(link && opensHere && link.origin === location.origin && link.pathname !== location.pathname);
};
for (const touch of ["pointerdown", "keydown", "popstate"]) addEventListener(touch, touched, true);
addEventListener("click", pressed, true);
history.pushState = function (state, title, url) {
  const isOfPage = new URL(url ?? "", location.href).pathname === location.pathname;
  if (isOfPage && isTurning) return;
  (isOfPage && isBare ? history.replaceState : push).call(history, state, title, url);
  if (!isOfPage) [isTurning, isBare] = [false, true];
};

export default function ({ data }) {
  document.documentElement.lang = data.language;
  end(); // this function runs again for another language, and Streamlit does not call what it has returned before
  if (JSON.stringify(spoken) !== JSON.stringify(data.words)) {
    // React writes a label again only where it changes: what was translated goes back first.
    translate(translator(spoken.map(([theirs, ours]) => [ours, theirs]), ["：", ": "]));
    spoken = data.words;
  }
  const say = translator(data.words, [": ", "："]);
  let due = null;
  const name = () => {
    due = null;
    // Streamlit names its button for more files in English alone; style.css writes the same words on it.
    document
      .querySelectorAll("[data-testid=stFileChips] > button")
      .forEach((button) => button.setAttribute("aria-label", data.choose_file));
    // The help of a heading does not say what it is for, as that of a widget does.
    document.querySelectorAll(":is(h1, h2, h3, h4) :is([aria-label=Help], [data-of-heading])").forEach((help) => {
      help.dataset.ofHeading = "";
      const label = say(`Help for ${help.closest("h1, h2, h3, h4").textContent.trim()}`);
      if (help.getAttribute("aria-label") !== label) help.setAttribute("aria-label", label);
    });
    if (data.words.length) translate(say);
  };
  const soon = () => {
    due ??= requestAnimationFrame(name);
  };
  const names = new MutationObserver(soon);
  names.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: NAMES });
  name();
  document.addEventListener("click", onClick);
  addEventListener("pagehide", forget);
  forget();
  end = () => {
    names.disconnect();
    cancelAnimationFrame(due);
    document.removeEventListener("click", onClick);
    removeEventListener("pagehide", forget);
  };
  return end;
}
