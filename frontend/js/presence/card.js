// A card over the corner of the output, while something is to be decided about who types.
import { make } from "../dom.js";
import { setButtons } from "./buttons.js";

export class AskCard {
  #text = make("span", { role: "status" });
  #buttons = make("span", { className: "presence-buttons" });
  element = make("div", { className: "presence-card" }, this.#text, this.#buttons);

  // Without a text it is hidden. `buttons`: `[label, act]`.
  show(text, buttons) {
    if (this.#text.textContent !== text) this.#text.textContent = text;
    setButtons(this.#buttons, buttons);
    this.element.classList.toggle("shown", text !== "");
  }

  // Draws attention to it.
  point() {
    this.element.classList.remove("pointed");
    // Starts the animation again.
    void this.element.offsetWidth;
    this.element.classList.add("pointed");
  }
}
