// Which keys are the page's while a terminal has the focus.

const PLATFORM = navigator.platform;
export const IS_MAC = /^(Mac|iP)/.test(PLATFORM);

// `search`, `larger`, `smaller` or `initial` for what a key asks for. `isTyping`: the other keys go to a program.
// Programs use Ctrl+F, but can't be sent Ctrl+Shift+F; a terminal has no key for Ctrl with plus, minus or zero.
export function shortcut({ key, ctrlKey, metaKey, altKey, shiftKey }, isTyping) {
  if (altKey || (IS_MAC ? !metaKey || ctrlKey : !ctrlKey || metaKey)) return undefined;
  if (key.toLowerCase() === "f") return IS_MAC || !isTyping || shiftKey ? "search" : undefined;
  return { "+": "larger", "=": "larger", "-": "smaller", 0: "initial" }[key];
}

// Copying and pasting is the browser's. On Windows also by Ctrl+V, as in terminals there; elsewhere that is the program's.
export function isClipboardKey({ key, ctrlKey, altKey, metaKey, shiftKey }) {
  if (!ctrlKey || altKey || metaKey) return false;
  return shiftKey ? /^[cv]$/i.test(key) : /^v$/i.test(key) && PLATFORM.startsWith("Win");
}

// The names of the keys, for whoever reads them.
export const SEARCH_KEYS = IS_MAC ? "⌘F" : "Ctrl+Shift+F";
export const MODIFIER = IS_MAC ? "⌘" : "Ctrl+";
