// Keys of the whole page: the commands, the list of keys, and single keys, which can be switched off.
import { closeMenus } from "./menus.js";
import { singleKeys } from "./single_keys.js";

const SINGLE = new Set(["?", "/", "f", "n", "x"]);
const folder = new URL(".", import.meta.url);

// Where keys are text, or the program's.
function isTyped({ target }) {
  if (target.closest?.(".term.holds-keys, [contenteditable]")) return true;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio)$/.test(target.type) && !target.classList.contains("xterm-helper-textarea");
}

export async function open(name) {
  // Without a connection it cannot be loaded, and the page says so already.
  const palette = await import(new URL("palette.js", folder)).catch(() => undefined);
  if (name === "keys") palette?.openKeys();
  else palette?.openPalette();
}

// What is not shown is not for whoever presses the key.
const shown = (selector) => [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());

const click = (selector) => {
  const element = shown(selector);
  element?.click();
  return Boolean(element);
};

const focus = (selector) => {
  const element = shown(selector);
  element?.focus();
  element?.select();
  return Boolean(element);
};

const ACTIONS = {
  "?": () => open("keys"),
  "/": () => focus('input[type="search"]'),
  f: () => click('[data-does="full-screen"]'),
  n: () => click('.bar a[href*="/admin/exec/new"]'),
};

const seen = new WeakSet();

// Once for each event: the first one comes from the page's entry, too.
export function pressed(event) {
  if (seen.has(event)) return;
  seen.add(event);
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (document.querySelector("dialog[open]")) return;
  if (key === "Escape") return closeMenus();
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "k" && !target.closest?.(".term.holds-keys")) {
    event.preventDefault();
    open("palette");
  } else if (SINGLE.has(key) && !ctrlKey && !metaKey && !altKey && !isTyped(event)) {
    if (key !== "?" && !singleKeys()) event.stopImmediatePropagation();
    else if (ACTIONS[key]?.()) event.preventDefault();
  }
}

// Before anything else hears it: what is switched off is heard by nobody.
addEventListener("keydown", pressed, true);
