// The rows of the merged list: those of the log, each with the name of its process, which leads to the line on its page.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { gapText } from "../log/format.js";
import { shownText } from "../log/row.js";
import { Rows } from "../log/rows.js";

export class MergedRows extends Rows {
  #lines;
  #page;
  // `matches(line, text)` and `isCurrent(line)` of the search.
  #find;
  // The line whose row is being made.
  #made;

  constructor(lines, settings, page) {
    // A row may still be seen while the list has begun anew elsewhere.
    const carry = { before: ({ feed, own }) => feed.get(own) && feed.carry.before(feed.get(own)) };
    super(lines, settings, () => Promise.resolve(NaN), page, carry);
    this.#lines = lines;
    this.#page = page;
  }

  set find(find) {
    this.#find = find;
    this.#page.find = { matches: (_number, text) => find.matches(this.#made, text), current: () => undefined };
  }

  // Shows what has changed of the rows for which `which(line)`.
  show(which) {
    this.#page.view.keep(() => this.#page.window.remake(which));
  }

  make(line) {
    const { feed, own } = line;
    this.#made = line;
    const element = super.make(line);
    const tag = make("a", { className: "together-tag", translate: false, href: `${feed.page}#L${own}`, tabIndex: -1, title: t("{name}, line {line}", { name: feed.tag, line: own }) }, feed.tag);
    tag.dataset.hue = feed.hue;
    element.querySelector(".log-time").after(tag);
    element.classList.toggle("log-current", this.#find.isCurrent(line));
    for (const gap of element.querySelectorAll(".log-gap")) gap.prepend(`${feed.tag}: `);
    return element;
  }

  // What is copied says whose it is.
  textOf(element) {
    const line = this.#lines.get(Number(element.dataset.line));
    return line ? `${line.feed.tag}: ${shownText(line)}` : super.textOf(element);
  }
}

export const mergedGapRow = (gap) => make("div", { className: "log-gap" }, `${gap.tag}: — ${gapText(gap)} —`);
