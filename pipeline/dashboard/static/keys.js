// Keys. Those of one letter can be switched off outside the list (WCAG 2.1.4).

const STORED = "claimwire-keys";

/** Call `actions[name]` for the keys of the page; `list` is the list of claims. */
export function listenToKeys(actions, list, checkbox) {
  checkbox.checked = read() !== "off";
  checkbox.addEventListener("change", () => write(checkbox.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      actions.close();
      return;
    }
    if (isTyping(event.target)) return;
    const name = nameOf(event, list.hasFocus);
    if (name === null || (!checkbox.checked && !list.hasFocus)) return;
    event.preventDefault();
    actions[name]();
  });
}

const ANYWHERE = {
  j: "next",
  k: "previous",
  n: "showNew",
  p: "pause",
  o: "nextOrder",
  c: "copyText",
  C: "copyJson",
  t: "nextTheme",
  "/": "search",
  "?": "help",
};
const IN_THE_LIST = { ArrowDown: "next", ArrowUp: "previous", Home: "first", End: "last" };

function nameOf(event, isInList) {
  const { key } = event;
  return ANYWHERE[key] ?? (isInList ? IN_THE_LIST[key] : null) ?? null;
}

function isTyping(target) {
  return target.matches?.("input:not([type=range], [type=checkbox]), textarea, select") ?? false;
}

function read() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(STORED, value);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
