// What is seen of the lines: scrolls, goes to a line, and stays at the end while the reader follows it.
import { listenToKeys } from "./scroll-keys.js";

// Lines that are shown around one that is gone to, at least.
const BEFORE = 60;
const AFTER = 120;
// Screens beyond what is seen for which there are rows.
const MARGIN = 1.5;

export class View {
  follow = true;
  #scroller;
  #window;
  #lines;
  #rail;
  #events;
  // The last position that the reader has not chosen, and the last one of all.
  #set = 0;
  #last = 0;
  // The line at the top, and how much of it is above.
  #anchor;
  #turn = 0;
  // The directions in which more is being loaded.
  #loading = new Set();
  #cleanups = [];

  // `events`: `followed(on)`, `problem(error)`, `loaded()`, and `isSelected()`: whether the reader has selected something.
  constructor(scroller, window, lines, rail, events) {
    this.#scroller = scroller;
    this.#window = window;
    this.#lines = lines;
    this.#rail = rail;
    this.#events = events;
    this.#on("scroll", () => this.#scrolled());
    this.#on("wheel", ({ deltaY }) => deltaY > 0 && requestAnimationFrame(() => this.#isAtEnd() && this.#setFollow(true)));
    this.#cleanups.push(listenToKeys(scroller, { rowHeight: () => this.rowHeight(), toStart: () => this.toStart(), toEnd: () => this.toEnd(), scroll: (by) => this.#scroll(by) }));
    const observer = new ResizeObserver(() => this.#restore());
    observer.observe(scroller);
    this.#cleanups.push(() => observer.disconnect());
  }

  // There are more lines, or the last one has become longer.
  grown() {
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
    if (!(await this.#load(() => this.#lines.around(number, BEFORE, AFTER))) || turn !== this.#turn) return;
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
    this.#loading = new Set();
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
    if (!(await this.#load(() => this.#lines.toEnd(BEFORE))) || turn !== this.#turn) return;
    this.#showEnd();
    this.#settled();
  }

  // Goes to a place between the start (0) and the end (1).
  toFraction(fraction) {
    if (fraction >= 1) return this.toEnd();
    const { first, total } = this.#lines;
    return this.show(first + Math.floor(fraction * Math.max(0, total - first + 1 - this.#visible())), 0);
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
    const y = this.#scroller.scrollTop;
    const last = this.#last;
    this.#last = y;
    if (y !== last && Math.abs(y - this.#set) > 1) {
      this.#set = -1;
      this.#turn++;
      if (y < last && !this.#isAtEnd()) this.#setFollow(false);
      else if (y > last && this.#isAtEnd()) this.#setFollow(true);
    }
    this.#extend();
    this.#settled();
  }

  // By the reader, in pixels.
  #scroll(by) {
    if (by > 0 && this.#isAtEnd()) this.#setFollow(true);
    this.#scroller.scrollTop += by;
    // At once: the event comes later, when the reader may have gone elsewhere.
    this.#scrolled();
  }

  #isAtEnd() {
    const { scrollTop, clientHeight } = this.#scroller;
    return this.#window.items.length > 0 && this.#lines.isLast(this.#window.last) && scrollTop + clientHeight >= this.#window.bottom() - 2;
  }

  #setFollow(follow) {
    if (follow === this.follow) return;
    this.follow = follow;
    this.#events.followed(follow);
  }

  // Has rows for what is seen and the margin around it.
  #extend() {
    const margin = MARGIN * this.#scroller.clientHeight;
    const down = this.#window.extendDown(margin);
    const up = this.#window.extendUp(margin);
    this.#window.trim(2 * margin, this.#events.isSelected());
    if (Math.abs(this.#scroller.scrollTop - this.#last) > 1) this.#set = this.#last = this.#scroller.scrollTop;
    if (down !== undefined) this.#loadMore(1, down);
    if (up !== undefined) this.#loadMore(-1, up);
  }

  // Loads lines beyond the row at an end, in a direction.
  async #loadMore(way, edge) {
    if (this.#loading.has(way)) return;
    this.#loading.add(way);
    const loading = this.#loading;
    let isMore = false;
    const isLoaded = await this.#load(async () => (isMore = await this.#lines.beyond(edge, way, AFTER)));
    loading.delete(way);
    if (!isLoaded || !isMore || loading !== this.#loading) return;
    if (way < 0) this.#window.renew();
    this.#extend();
    this.#settled();
  }

  // `task()` loads. Returns whether it could.
  async #load(task) {
    try {
      await task();
      this.#events.loaded();
      return true;
    } catch (error) {
      this.#events.problem(error);
      return false;
    }
  }

  #settled() {
    const { scrollTop, clientHeight } = this.#scroller;
    const item = this.#window.at(scrollTop);
    this.#anchor = item && { number: item.line.number, above: scrollTop - this.#window.offset(item.line.number) };
    const { first, total } = this.#lines;
    const count = Math.max(1, total - first + 1);
    const hidden = count - this.#visible();
    const part = item ? Math.min(1, this.#anchor.above / Math.max(1, item.element.offsetHeight)) : 0;
    const isAll = item && this.#lines.isFirst(this.#window.first) && this.#lines.isLast(this.#window.last) && this.#window.bottom() <= clientHeight;
    const at = this.#isAtEnd() ? 1 : Math.min(1, ((item?.line.number ?? first) - first + part) / Math.max(1, hidden));
    this.#rail.show(isAll ? 1 : this.#visible() / count, at);
  }

  // How many lines are seen.
  #visible() {
    const { scrollTop, clientHeight } = this.#scroller;
    const [top, bottom] = [this.#window.at(scrollTop), this.#window.at(scrollTop + clientHeight - 1)];
    return top ? bottom.line.number - top.line.number + 1 : 1;
  }

  // Back to where the reader was, after rows have changed their heights.
  #restore() {
    if (this.#window.items.length === 0) return;
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
