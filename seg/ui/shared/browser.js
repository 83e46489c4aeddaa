// Screen readers and translators get the page's language and words; on a phone the sidebar opens only for who asks for it.
const NARROW = matchMedia("(max-width: 768px)"); // where Streamlit lays the sidebar over the page

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

export default function ({ data }) {
  document.documentElement.lang = data.language;
  // Streamlit names its button for more files in English alone; style.css writes the same words on it.
  const name = () => {
    document
      .querySelectorAll("[data-testid=stFileChips] > button")
      .forEach((button) => button.setAttribute("aria-label", data.choose_file));
  };
  const names = new MutationObserver(name);
  names.observe(document.body, { childList: true, subtree: true });
  name();
  document.addEventListener("click", onClick);
  addEventListener("pagehide", forget);
  forget();
  return () => {
    names.disconnect();
    document.removeEventListener("click", onClick);
    removeEventListener("pagehide", forget);
  };
}
