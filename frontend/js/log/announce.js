// Reads new lines out to screen readers, if they are wanted: the rows come and go as the reader scrolls, and say nothing.
import { make } from "./dom.js";

// Lines that are read out at once, and that are kept.
const AT_ONCE = 20;
const KEPT = 60;

export class Announcer {
  element = make("div", { className: "unseen log-announcer", role: "log", "aria-label": "New output" });
  #on = false;
  #last;

  setOn(on, last) {
    this.#on = on;
    this.#last = last;
    if (!on) this.element.replaceChildren();
  }

  // There are lines up to `last`. `textOf(number)` is undefined for one that is not here.
  announce(last, textOf) {
    if (!this.#on) return;
    for (let number = Math.max((this.#last ?? 0) + 1, last - AT_ONCE + 1); number <= last; number++) {
      const text = textOf(number);
      if (text !== undefined) this.element.append(make("div", {}, text));
    }
    this.#last = last;
    while (this.element.childElementCount > KEPT) this.element.firstElementChild.remove();
  }
}
