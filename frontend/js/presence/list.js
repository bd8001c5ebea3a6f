// How many watch, who types, and on demand who they are.
import { make } from "../dom.js";
import { setButtons } from "./buttons.js";
import { person } from "./view.js";

export class WatcherList {
  #summary = make("summary", { className: "button ghost small" });
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
    this.#summary.textContent = isOther ? `${person(view, writer)} is typing` : `${total} watching`;
    this.#summary.title = isOther ? `${total} watching` : "";
    const unnamed = total - view.viewers.length;
    const more = unnamed > 0 ? [make("li", { className: "muted" }, `and ${unnamed} more`)] : [];
    this.#names.replaceChildren(...view.viewers.map((each) => row(view, each)), ...more);
    setButtons(this.#buttons, buttons);
  }
}

function row({ you, writer, typing, asking }, { id, name, can_type, size }) {
  const facts = [];
  if (id === writer) facts.push(typing ? "typing" : "typed last");
  if (asking.includes(id)) facts.push("asks to type");
  if (!can_type) facts.push("only watches");
  if (size) facts.push(`${size.cols} × ${size.rows}`);
  return make("li", {}, make("span", {}, id === you ? `${name} (this window)` : name), make("span", { className: "muted" }, facts.join(", ")));
}
