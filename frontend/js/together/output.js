// Lines that scroll and follow the end: the pane of the log with a button for following, and nothing else around it.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { makePane } from "../log/pane.js";

// As long as nothing is looked for.
const NO_SEARCH = { matches: () => undefined, current: () => undefined };

export class Output {
  element;
  view;
  rows;
  button = make("button", { type: "button", className: "ghost small together-follow", "aria-pressed": "true", title: t("Follow the end") }, t("Follow"));
  #lines;
  #pane;
  #page = { find: NO_SEARCH };
  #events;
  #dragTo;

  // `makeRows(page)` returns the rows of these lines. `events`: `failed(error)`, and `atEnd()`: the elements that follow the last line.
  constructor(label, lines, settings, makeRows, events) {
    this.#lines = lines;
    this.#events = events;
    const rows = (this.rows = makeRows(this.#page));
    this.#pane = makePane(lines, rows, {
      followed: (on) => this.#told(on),
      problem: events.failed,
      loaded: () => {},
      dragged: (fraction) => this.#drag(fraction),
      selected: () => this.stay(),
      textOf: (item) => rows.textOf(item),
    });
    Object.assign(this.#page, { window: this.#pane.window, view: this.#pane.view });
    this.view = this.#pane.view;
    this.#pane.scroller.setAttribute("aria-label", label);
    this.element = make("div", { className: "log" }, this.#pane.element);
    rows.apply(this.element);
    this.button.addEventListener("click", () => {
      this.#told(!this.view.follow);
      this.view.setFollow(!this.view.follow);
    });
  }

  // There may be more lines.
  grown() {
    this.#pane.box.hidden = false;
    const after = this.#events.atEnd();
    if (after.length === 0 && this.#lines.total === 0) after.push(make("p", { className: "together-empty" }, t("Nothing printed so far.")));
    if (after.length > 0 || this.#pane.end.childElementCount > 0) this.#pane.end.replaceChildren(...after);
    this.view.grown();
  }

  // Marks the matches of a search: `matches(number, text)`, `current()`.
  set find(find) {
    this.#page.find = find;
  }

  // The list has begun anew. Whoever has scrolled meanwhile still sees rows of what was there before, beyond which there is nothing.
  arrive(number) {
    if (!this.view.follow && !this.#pane.window.has(number)) this.view.show(number);
  }

  focus() {
    this.#pane.scroller.focus({ preventScroll: true });
  }

  #told(on) {
    this.button.ariaPressed = String(on);
  }

  // Who selects, or has found something, reads: it must not move away.
  stay() {
    if (!this.view.follow) return;
    this.view.setFollow(false);
    this.#told(false);
  }

  // By the scrollbar. Only the last place counts while one is being loaded.
  async #drag(fraction) {
    const isDragging = this.#dragTo !== undefined;
    this.#dragTo = fraction;
    if (isDragging) return;
    while (this.#dragTo !== undefined) {
      const to = this.#dragTo;
      await this.view.toFraction(to);
      if (this.#dragTo === to) this.#dragTo = undefined;
    }
  }
}
