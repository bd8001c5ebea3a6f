// Reads new lines out to screen readers, if they are wanted: the rows come and go as the reader scrolls, and say nothing.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";

// Lines that are read out at once, and that are kept.
const AT_ONCE = 20;
const KEPT = 60;
// After how long a last line is taken to be whole, in milliseconds: a program may print it piece by piece.
const WHOLE = 500;

export class Announcer {
  element = make("div", { className: "unseen log-announcer", role: "log", "aria-label": t("New output") });
  #on = false;
  #last;
  #timer;

  setOn(on, last) {
    this.#on = on;
    this.#last = last;
    if (!on) this.element.replaceChildren();
  }

  // There are lines up to `last`. `textOf(number)` is undefined for one that is not here.
  announce(last, textOf) {
    if (!this.#on) return;
    this.#say(last - 1, textOf);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(last, textOf), WHOLE);
  }

  dispose() {
    clearTimeout(this.#timer);
  }

  #say(last, textOf) {
    for (let number = Math.max((this.#last ?? 0) + 1, last - AT_ONCE + 1); number <= last; number++) {
      const text = textOf(number);
      if (text !== undefined) this.element.append(make("div", {}, text));
    }
    this.#last = Math.max(this.#last ?? 0, last);
    while (this.element.childElementCount > KEPT) this.element.firstElementChild.remove();
  }
}
