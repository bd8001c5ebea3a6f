// What is seen of the lines: scrolls, goes to a line, and stays at the end while the reader follows it.
import { Extent } from "./extent.js";
import { Filling } from "./filling.js";
import { listenToKeys } from "./scroll-keys.js";

// Lines that are shown around one that is gone to, at least.
const BEFORE = 60;
const AFTER = 120;
// On paper the rows are not in the scroller: what is seen then says nothing about where the reader is.
const paper = matchMedia("print");

export class View {
  follow = true;
  #scroller;
  #window;
  #lines;
  #extent;
  #events;
  // The last position that the reader has not chosen, and the last one of all.
  #set = 0;
  #last = 0;
  // The line at the top, and how much of it is above.
  #anchor;
  #turn = 0;
  #filling;
  #cleanups = [];

  // `events`: `followed(on)`, `problem(error)`, `loaded()`, and `isSelected()`: whether the reader has selected something.
  constructor(scroller, window, lines, rail, events) {
    this.#scroller = scroller;
    this.#window = window;
    this.#lines = lines;
    this.#extent = new Extent(scroller, window, lines, rail);
    this.#events = events;
    this.#filling = new Filling(scroller, window, lines, { ...events, filled: () => this.#extend() });
    this.#on("scroll", () => this.#scrolled());
    this.#on("wheel", ({ deltaY }) => deltaY > 0 && requestAnimationFrame(() => this.#extent.isAtEnd() && this.#setFollow(true)));
    this.#cleanups.push(listenToKeys(scroller, { rowHeight: () => this.rowHeight(), toStart: () => this.toStart(), toEnd: () => this.toEnd(), scroll: (by) => this.#scroll(by) }));
    const observer = new ResizeObserver(() => this.#restore());
    observer.observe(scroller);
    this.#cleanups.push(() => observer.disconnect());
  }

  // There are more lines, or the last one has become longer.
  grown() {
    if (paper.matches) return;
    this.#window.renew();
    if (this.follow || this.#window.items.length === 0) this.#showEnd();
    else this.#extend();
    this.#settled();
  }

  setFollow(follow) {
    this.follow = follow;
    if (follow) this.toEnd();
  }

  // Goes to a line, and stays there: in the middle, or with so much of it above what is seen, in pixels.
  async show(number, above) {
    const turn = ++this.#turn;
    this.#setFollow(false);
    if (!(await this.#filling.load(() => this.#lines.around(number, BEFORE, AFTER))) || turn !== this.#turn) return;
    const shown = this.#lines.near(number);
    if (shown === undefined) return;
    if (!this.#window.has(shown)) this.#window.fill(shown, BEFORE, AFTER);
    const room = above === undefined ? (this.#scroller.clientHeight - this.rowHeight()) / 2 : -above;
    this.#scrollTo(this.#window.offset(shown) - room);
    this.#extend();
    // Rows that have come above may have shown that there is nothing more.
    if (this.#window.has(shown)) this.#scrollTo(this.#window.offset(shown) - room);
    this.#settled();
  }

  // Shows the lines that there are now instead of those before, around where the reader is.
  async anew() {
    const number = this.#anchor?.number ?? this.#lines.total;
    this.#turn++;
    this.#filling.begin();
    this.#window.clear();
    this.#scrollTo(0);
    this.#settled();
    await (this.follow ? this.toEnd() : this.show(number));
  }

  toStart() {
    return this.show(this.#lines.first, 0);
  }

  async toEnd() {
    const turn = ++this.#turn;
    this.#setFollow(true);
    if (!(await this.#filling.load(() => this.#lines.toEnd(BEFORE))) || turn !== this.#turn) return;
    this.#showEnd();
    this.#settled();
  }

  // Goes to a place between the start (0) and the end (1).
  toFraction(fraction) {
    if (fraction >= 1) return this.toEnd();
    const { first, total } = this.#lines;
    return this.show(first + Math.floor(fraction * Math.max(0, total - first + 1 - this.#extent.visible())), 0);
  }

  // Changes how rows look without moving what is seen.
  keep(change) {
    change();
    this.#window.fit();
    this.#restore();
  }

  // The line at the top of what is seen.
  top() {
    return this.#window.at(this.#scroller.scrollTop)?.line;
  }

  // The line at the top and how much of it is above what is seen, once there are lines.
  place() {
    return this.#anchor;
  }

  isSeen(number) {
    if (!this.#window.has(number)) return false;
    const y = this.#window.offset(number) - this.#scroller.scrollTop;
    return y >= 0 && y + this.rowHeight() <= this.#scroller.clientHeight;
  }

  rowHeight() {
    return parseFloat(getComputedStyle(this.#scroller).lineHeight) || 20;
  }

  dispose() {
    this.#turn++;
    for (const cleanup of this.#cleanups) cleanup();
  }

  #showEnd() {
    const { last } = this.#lines;
    if (last === undefined) return;
    const isNear = this.#window.items.length > 0 && this.#lines.distance(this.#window.last, last) <= BEFORE + AFTER;
    if (!isNear || this.#window.extendDown(Infinity) !== undefined) this.#window.fill(last, BEFORE, 0);
    this.#window.fit();
    this.#scrollTo(this.#window.bottom());
    this.#extend();
    this.#scrollTo(this.#window.bottom());
  }

  #scrollTo(y) {
    this.#scroller.scrollTop = y;
    this.#set = this.#last = this.#scroller.scrollTop;
  }

  #scrolled() {
    if (paper.matches) return;
    const y = this.#scroller.scrollTop;
    const last = this.#last;
    this.#last = y;
    if (y !== last && Math.abs(y - this.#set) > 1) {
      this.#set = -1;
      this.#turn++;
      if (y < last && !this.#extent.isAtEnd()) this.#setFollow(false);
      else if (y > last && this.#extent.isAtEnd()) this.#setFollow(true);
    }
    this.#extend();
  }

  // By the reader, in pixels.
  #scroll(by) {
    if (by > 0 && this.#extent.isAtEnd()) this.#setFollow(true);
    this.#scroller.scrollTop += by;
    // At once: the event comes later, when the reader may have gone elsewhere.
    this.#scrolled();
  }

  #setFollow(follow) {
    if (follow === this.follow) return;
    this.follow = follow;
    this.#events.followed(follow);
  }

  // Has rows for what is seen and around it.
  #extend() {
    if (paper.matches) return;
    this.#filling.fill();
    if (Math.abs(this.#scroller.scrollTop - this.#last) > 1) this.#set = this.#last = this.#scroller.scrollTop;
    this.#settled();
  }

  #settled() {
    const { scrollTop } = this.#scroller;
    const item = this.#window.at(scrollTop);
    this.#anchor = item && { number: item.line.number, above: scrollTop - this.#window.offset(item.line.number) };
    this.#extent.show(this.#anchor);
  }

  // Back to where the reader was, after rows have changed their heights.
  #restore() {
    if (paper.matches || this.#window.items.length === 0) return;
    this.#window.fit();
    if (this.follow) this.#scrollTo(this.#window.bottom());
    else if (this.#anchor && this.#window.has(this.#anchor.number)) this.#scrollTo(this.#window.offset(this.#anchor.number) + this.#anchor.above);
    this.#extend();
    if (this.follow) this.#scrollTo(this.#window.bottom());
    this.#settled();
  }

  #on(name, handler) {
    this.#scroller.addEventListener(name, handler, { passive: true });
    this.#cleanups.push(() => this.#scroller.removeEventListener(name, handler));
  }
}
