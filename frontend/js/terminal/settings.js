// The settings of the terminal, which hold at once, in all tabs.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { square } from "../controls.js";
import { makeDialog, textButton } from "./dialog.js";
import { MODIFIER, SEARCH_KEYS } from "./shortcuts.js";

// Monospaced fonts of the usual systems. Others can be typed.
const FONTS = ["monospace", "Cascadia Code", "Consolas", "Courier New", "DejaVu Sans Mono", "Fira Code", "Hack", "IBM Plex Mono", "JetBrains Mono", "Liberation Mono", "Menlo", "Monaco", "Noto Sans Mono", "Roboto Mono", "SF Mono", "Source Code Pro", "Ubuntu Mono"];
const CURSORS = [["block", t("Block")], ["bar", t("Bar")], ["underline", t("Underline")]];
const THEMES = [["page", t("As the page")], ["light", t("Light")], ["dark", t("Dark")], ["contrast", t("High contrast")]];

export class Settings {
  #preferences;
  #dialog;
  #fields;
  #size = make("output", { "aria-label": t("Text size in pixels") });
  #end;

  constructor({ element, preferences }) {
    this.#preferences = preferences;
    const fonts = make("datalist", { id: "term-fonts" }, ...FONTS.map((value) => make("option", { value })));
    const font = make("input", { type: "text", placeholder: t("As the page"), spellcheck: false, autocomplete: "off" });
    font.setAttribute("list", fonts.id);
    this.#fields = { fontFamily: font, cursorStyle: select(CURSORS), theme: select(THEMES), cursorBlink: checkbox(), confirmPaste: checkbox() };
    for (const [name, field] of Object.entries(this.#fields)) field.addEventListener("input", () => preferences.set({ [name]: field.type === "checkbox" ? field.checked : field.value.trim() }));
    const zoom = (by) => () => preferences.zoom(by);
    const size = make("div", { className: "term-size-choice", role: "group", "aria-label": t("Text size") }, make("span", {}, t("Text size")), square("−", t("Smaller text ({key})", { key: `${MODIFIER}−` }), zoom(-1)), this.#size, square("+", t("Larger text ({key})", { key: `${MODIFIER}+` }), zoom(1)));
    const { fontFamily, cursorStyle, theme, cursorBlink, confirmPaste } = this.#fields;
    const blinks = matchMedia("(prefers-reduced-motion: reduce)").matches ? t("The cursor blinks (not while this system asks for less motion)") : t("The cursor blinks");
    this.#dialog = makeDialog("term-settings", t("Terminal"), () => {}, size,
      label(t("Font"), fontFamily), fonts, label(t("Cursor"), cursorStyle), label(t("Colours"), theme),
      make("label", { className: "term-check" }, cursorBlink, blinks),
      make("label", { className: "term-check" }, confirmPaste, t("Ask before pasting line breaks")),
      make("p", {}, t("{search} searches. {modifier}plus, {modifier}minus and {modifier}0 change the text size while the terminal has the focus. Ctrl+M lets Tab leave it.", { search: SEARCH_KEYS, modifier: MODIFIER })),
      make("div", { className: "term-answers" }, textButton("", t("Reset all"), () => preferences.reset()), textButton("term-primary", t("Close"), () => this.#dialog.close())));
    this.#end = preferences.onChange(() => this.#show());
    this.#show();
    element.parentElement.append(this.#dialog);
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  dispose() {
    this.#end();
    this.#dialog.remove();
  }

  #show() {
    const { values } = this.#preferences;
    this.#size.textContent = values.fontSize;
    for (const [name, field] of Object.entries(this.#fields)) {
      if (field.type === "checkbox") field.checked = values[name];
      // Not under somebody's hands.
      else if (field !== document.activeElement) field.value = values[name];
    }
  }
}

const label = (text, field) => make("label", {}, make("span", {}, text), field);
const checkbox = () => make("input", { type: "checkbox" });
const select = (choices) => make("select", {}, ...choices.map(([value, text]) => make("option", { value }, text)));
