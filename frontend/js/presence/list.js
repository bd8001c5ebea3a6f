// How many watch, who types, and on demand who they are.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { setButtons } from "./buttons.js";
import { person } from "./view.js";

// Of Lucide, as all icons of the page.
const PEOPLE = "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M22 21v-2a4 4 0 0 0-3-3.87M16 3.13a4 4 0 0 1 0 7.75M13 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0";
const KEYBOARD = "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM6 8h.01M10 8h.01M14 8h.01M18 8h.01M8 12h.01M12 12h.01M16 12h.01M7 16h10";
const SVG = "http://www.w3.org/2000/svg";

export class WatcherList {
  #sign = drawing();
  #text = make("span");
  #summary = make("summary", { className: "button ghost small" }, this.#sign, this.#text);
  #names = make("ul");
  #buttons = make("div", { className: "presence-buttons" });
  element = make("details", { className: "presence" }, this.#summary, make("div", { className: "presence-list" }, this.#names, this.#buttons));

  constructor() {
    const close = () => (this.element.open = false);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      close();
      this.#summary.focus();
    });
    this.element.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !this.element.contains(relatedTarget) && close());
    const outside = ({ target }) => this.element.contains(target) || close();
    this.element.addEventListener("toggle", () => document[this.element.open ? "addEventListener" : "removeEventListener"]("pointerdown", outside));
  }

  // `buttons`: `[label, act]`.
  show(view, buttons) {
    const { typing, writer, you, total } = view;
    const isOther = typing && writer !== you;
    this.#sign.firstChild.setAttribute("d", isOther ? KEYBOARD : PEOPLE);
    this.#summary.dataset.count = total;
    const watching = plural(total, "{count} watching", "{count} watching");
    this.#text.textContent = isOther ? t("{name} has the keyboard", { name: person(view, writer) }) : watching;
    this.#summary.title = isOther ? watching : "";
    const unnamed = total - view.viewers.length;
    const more = unnamed > 0 ? [make("li", { className: "muted" }, plural(unnamed, "and {count} more", "and {count} more"))] : [];
    this.#names.replaceChildren(...view.viewers.map((each) => row(view, each)), ...more);
    setButtons(this.#buttons, buttons);
  }
}

function drawing() {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.ariaHidden = "true";
  icon.append(document.createElementNS(SVG, "path"));
  return icon;
}

function row({ you, writer, typing, asking }, { id, name, can_type, size }) {
  const facts = [];
  if (id === writer) facts.push(typing ? t("has the keyboard") : t("typed last"));
  if (asking.includes(id)) facts.push(t("asks to type"));
  if (!can_type) facts.push(t("only watches"));
  if (size) facts.push(`${size.cols} × ${size.rows}`);
  return make("li", {}, make("span", {}, id === you ? t("{name} (this window)", { name }) : name), make("span", { className: "muted" }, facts.join(", ")));
}
