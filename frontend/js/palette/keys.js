// The list of keys.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { setSingleKeys, singleKeys } from "../single_keys.js";
import { IS_MAC, MODIFIER, SEARCH_KEYS } from "../terminal/shortcuts.js";

const COMMANDS = IS_MAC ? "⌘K" : "Ctrl+K";

const KEYS = [
  [t("Everywhere"), [[COMMANDS, t("Commands, processes and templates; in a terminal that takes input, the program gets it")], ["?", t("This list")], ["n", t("New process")], ["/", t("Search")]]],
  [t("Output"), [["f", t("Full screen")], ["Ctrl+M", t("In a terminal: switch what Tab does: move the focus, or go to the program")], [SEARCH_KEYS, t("In a terminal: search")], [[t("plus"), t("minus"), "0"].map((key) => MODIFIER + key), t("In a terminal: size of the text")], [[t("Page Up"), t("Page Down")], t("Scroll")], [[t("Home"), t("End")], t("In a log: the first and the last line")]]],
  [t("List"), [["x", t("Select the row with the focus")]]],
];

export function keysDialog() {
  const sections = KEYS.flatMap(([title, keys]) => [make("h3", {}, title), make("dl", {}, ...keys.flatMap(([key, about]) => [make("dt", {}, ...[key].flat().flatMap((each, at) => [at ? " " : "", make("kbd", {}, each)])), make("dd", {}, about)]))]);
  const single = make("input", { type: "checkbox", checked: singleKeys() });
  single.addEventListener("change", () => setSingleKeys(single.checked));
  const close = make("button", { type: "button" }, t("Close"));
  const dialog = make("dialog", { className: "palette keys", "aria-label": t("Keyboard shortcuts") }, make("h2", {}, t("Keyboard shortcuts")), ...sections, make("label", { className: "switch" }, single, t("Use single-key shortcuts")), make("div", { className: "keys-end" }, close));
  close.addEventListener("click", () => dialog.close());
  return dialog;
}
