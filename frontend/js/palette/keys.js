// The list of keys.
import { make } from "../dom.js";
import { setSingleKeys, singleKeys } from "../single_keys.js";
import { IS_MAC, MODIFIER, SEARCH_KEYS } from "../terminal/shortcuts.js";

const COMMANDS = IS_MAC ? "⌘K" : "Ctrl+K";

const KEYS = [
  ["Everywhere", [[COMMANDS, "Commands, processes and templates; in a terminal that takes input, the program gets it"], ["?", "This list"], ["n", "New process"], ["/", "Search"]]],
  ["Output", [["f", "Full screen"], ["Ctrl+M", "In a terminal: switch what Tab does: move the focus, or go to the program"], [SEARCH_KEYS, "In a terminal: search"], [["plus", "minus", "0"].map((key) => MODIFIER + key), "In a terminal: size of the text"], [["Page Up", "Page Down"], "Scroll"], [["Home", "End"], "In a log: the first and the last line"]]],
  ["List", [["x", "Select the row with the focus"]]],
];

export function keysDialog() {
  const sections = KEYS.flatMap(([title, keys]) => [make("h3", {}, title), make("dl", {}, ...keys.flatMap(([key, about]) => [make("dt", {}, ...[key].flat().flatMap((each, at) => [at ? " " : "", make("kbd", {}, each)])), make("dd", {}, about)]))]);
  const single = make("input", { type: "checkbox", checked: singleKeys() });
  single.addEventListener("change", () => setSingleKeys(single.checked));
  const close = make("button", { type: "button" }, "Close");
  const dialog = make("dialog", { className: "palette keys", "aria-label": "Keyboard shortcuts" }, make("h2", {}, "Keyboard shortcuts"), ...sections, make("label", { className: "switch" }, single, "Use single-key shortcuts"), make("div", { className: "keys-end" }, close));
  close.addEventListener("click", () => dialog.close());
  return dialog;
}
