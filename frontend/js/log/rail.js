// The scrollbar: of all lines, not of the rows that are there. The keyboard scrolls the lines themselves.
import { make } from "../dom.js";

const SMALLEST = 28;

export class Rail {
  element = make("div", { className: "log-rail", "aria-hidden": "true" });
  #thumb = make("div", { className: "log-thumb" });
  #moved;
  // How far below the top of the thumb it was taken, in pixels.
  #grip;
  #size = 1;
  #at = 0;

  // `moved(fraction)`: the reader wants to be there, between 0 and 1.
  constructor(moved) {
    this.#moved = moved;
    this.element.append(this.#thumb);
    this.element.addEventListener("pointerdown", (event) => this.#take(event));
    this.element.addEventListener("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.element.addEventListener(name, () => (this.#grip = undefined));
  }

  // `size`: how much of all lines is seen; `at`: where, between the start (0) and the end (1).
  show(size, at) {
    this.#size = size;
    if (this.#grip === undefined) this.#at = at;
    this.#draw();
  }

  #draw() {
    this.#thumb.hidden = this.#size >= 1;
    this.#thumb.style.height = `${this.#height()}px`;
    this.#thumb.style.transform = `translateY(${this.#at * (this.element.clientHeight - this.#height())}px)`;
  }

  #height() {
    return Math.max(SMALLEST, this.#size * this.element.clientHeight);
  }

  #take(event) {
    if (event.button !== 0 || this.#size >= 1) return;
    const box = this.#thumb.getBoundingClientRect();
    const isOnThumb = event.clientY >= box.top && event.clientY <= box.bottom;
    this.#grip = isOnThumb ? event.clientY - box.top : box.height / 2;
    this.element.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (!isOnThumb) this.#drag(event);
  }

  #drag(event) {
    if (this.#grip === undefined) return;
    const box = this.element.getBoundingClientRect();
    const room = Math.max(1, box.height - this.#height());
    this.#at = Math.max(0, Math.min((event.clientY - box.top - this.#grip) / room, 1));
    this.#draw();
    this.#moved(this.#at);
  }
}
