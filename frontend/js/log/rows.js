// How rows look, and what can be done with them: their settings and times, which line is marked, which are shown whole, and where the
// search has matches.
import { Carry } from "./carry.js";
import { make } from "../dom.js";
import { makeRow, setTime, shownText } from "./row.js";

const SECOND = 1000;

export class Rows {
  element = make("div", { className: "log-rows", translate: false });
  #lines;
  #settings;
  #askStarted;
  #page;
  #carry;
  // The pen that each row began with.
  #pens = new WeakMap();
  // When the process started, in ms.
  #started = NaN;
  // The numbers of the lines that are shown whole.
  #open = new Set();
  #marked;
  // The numbers of the rows to be made again in the next frame, or "all".
  #waiting;
  #timer;
  #isDisposed = false;

  // `askStarted()` returns when the process started, or NaN if that is not known. `page`: the `window`, the `view` and the `find`, once
  // they are needed. `carry`: which colours each line begins with.
  constructor(lines, settings, askStarted, page, carry = new Carry(lines)) {
    this.#lines = lines;
    this.#settings = settings;
    this.#askStarted = askStarted;
    this.#page = page;
    this.#carry = carry;
    this.element.addEventListener("click", (event) => this.#clicked(event));
    this.#timer = setInterval(() => settings.time === "ago" && this.#updateTimes(), SECOND);
  }

  make(line) {
    const { find } = this.#page;
    const pen = this.#carry.before(line);
    const element = makeRow(line, this.#lines.gapsBefore(line), {
      settings: this.#settings,
      started: this.#started,
      marked: this.#marked,
      open: this.#open,
      pen,
      matches: (number, text) => find.matches(number, text),
    });
    this.#pens.set(element, pen?.key);
    element.dataset.line = line.number;
    element.classList.toggle("log-current", find.current() === line.number);
    return element;
  }

  // Whether a row has the colours that are known now to go on in its line.
  isCurrent(line, element) {
    return this.#pens.get(element) === this.#carry.before(line)?.key;
  }

  // The text of a row's line.
  textOf(element) {
    const line = this.#lines.get(Number(element.dataset.line));
    return line ? shownText(line) : element.querySelector(".log-text").textContent;
  }

  // Shows rows as the settings say; `root` has the classes for that.
  apply(root) {
    root.classList.toggle("wraps", this.#settings.wrap);
    root.classList.toggle("numbered", this.#settings.numbers);
    root.classList.toggle("timed", this.#settings.time !== "off");
    this.#updateTimes();
    this.askWhenStarted();
  }

  // When the process started, which only times since then need.
  async askWhenStarted() {
    if (this.#settings.time !== "start" || !Number.isNaN(this.#started)) return;
    this.#started = await this.#askStarted();
    if (!this.#isDisposed) this.#page.view.keep(() => this.#updateTimes());
  }

  mark(number) {
    const numbers = [this.#marked, number];
    this.#marked = number;
    this.remake(numbers);
  }

  remake(numbers) {
    this.#page.window.remake(({ number }) => numbers.includes(number));
  }

  // Lines with matches come in a flood: rows are made again once a frame. Without a number, no line matches any more.
  highlight(number) {
    if (number !== undefined && !this.#page.window.has(number)) return;
    if (!this.#waiting) {
      this.#waiting = new Set();
      requestAnimationFrame(() => {
        const numbers = this.#waiting;
        this.#waiting = undefined;
        if (!this.#isDisposed) this.#page.view.keep(() => this.#page.window.remake((line) => numbers.has("all") || numbers.has(line.number)));
      });
    }
    this.#waiting.add(number ?? "all");
  }

  dispose() {
    this.#isDisposed = true;
    clearInterval(this.#timer);
  }

  #updateTimes() {
    for (const element of this.element.querySelectorAll(".log-time")) setTime(element, this.#settings, this.#started);
  }

  #clicked(event) {
    const number = Number(event.target.closest(".log-item")?.dataset.line);
    if (!number || event.target.closest(".log-link")) return;
    if (event.target.closest(".log-number")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(history.state, "", `#L${number}`);
      this.mark(number);
    } else if (event.target.closest(".log-more, .log-toggle") || (event.target.closest(".log-json") && getSelection().isCollapsed)) {
      const hadFocus = document.activeElement === event.target;
      if (!this.#open.delete(number)) this.#open.add(number);
      this.#page.view.keep(() => this.remake([number]));
      if (hadFocus) this.#page.window.element(number)?.querySelector(".log-toggle")?.focus();
    }
  }
}
