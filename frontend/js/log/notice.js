// A short message over the lines, which goes by itself.
import { make } from "../dom.js";

const SHOWN = 4000;

export class Notice {
  element = make("p", { className: "log-notice", role: "status" });
  #timer;

  say(text) {
    clearTimeout(this.#timer);
    this.element.textContent = text;
    this.#timer = setTimeout(() => (this.element.textContent = ""), SHOWN);
  }

  dispose() {
    clearTimeout(this.#timer);
  }
}
