// The rows that are in the document: a run of lines, of all or of one stream, around what is seen. They lie in a space that is higher than they
// are, so that rows above can come and go without what is seen moving.
import { countWhile } from "../bisect.js";

// Where the rows are put while there may be more above them, in pixels: browsers limit the height of an element to some 16 million.
const MIDDLE = 4_000_000;
// Room below the rows while there are more lines, in pixels: who scrolls quickly may be there before the rows are.
const ROOM = 20_000;
// Rows that are added at once.
const BATCH = 40;
// No more rows than this, unless a selection holds them.
const ROWS = 400;
const ROWS_SELECTED = 4000;

export class Window {
  #scroller;
  #space;
  #box;
  #rows;
  #lines;
  #make;
  #isCurrent;
  #drop;
  #top = 0;
  // `{line, element}`, in their order.
  items = [];

  // `make(line)` returns the element of a line, `isCurrent(line, element)` whether it would still be like that, `drop()` says that rows go
  // which may be selected. `box` has the rows and whatever else follows the last line.
  constructor(scroller, space, box, rows, lines, { make, isCurrent, drop }) {
    this.#scroller = scroller;
    this.#space = space;
    this.#box = box;
    this.#rows = rows;
    this.#lines = lines;
    this.#make = make;
    this.#isCurrent = isCurrent;
    this.#drop = drop;
  }

  get first() {
    return this.items[0]?.line.number;
  }

  get last() {
    return this.items.at(-1)?.line.number;
  }

  has(number) {
    return this.#item(number) !== undefined;
  }

  element(number) {
    return this.#item(number)?.element;
  }

  // Without any rows.
  clear() {
    if (this.items.length > 0) this.#drop();
    this.items = [];
    this.#rows.replaceChildren();
    this.#move(0);
  }

  // Replaces all rows by those of a line, which is loaded, and as many before and after it as are loaded.
  fill(number, before, after) {
    if (this.items.length > 0) this.#drop();
    this.items = [...this.#next(number, -1, before).reverse(), this.#made(number), ...this.#next(number, 1, after)];
    this.#rows.replaceChildren(...this.items.map(({ element }) => element));
    this.#move(this.#isAtFirst() ? 0 : MIDDLE);
  }

  // Makes all rows again. `which(line)`: only these.
  remake(which = () => true) {
    for (const item of this.items) {
      if (which(item.line)) this.#replace(item);
    }
    this.fit();
  }

  // Shows lines that have become longer since their rows were made, and in which other colours go on.
  renew() {
    for (const item of this.items) {
      const line = this.#lines.get(item.line.number);
      if (!line || (line === item.line && this.#isCurrent(line, item.element))) continue;
      item.line = line;
      this.#replace(item);
    }
  }

  // Adds rows until the margin beyond what is seen is filled, in pixels. Returns the number of the line beyond which more have to be
  // loaded for that, if there are more.
  extendDown(margin) {
    const wanted = this.#scroller.scrollTop + this.#scroller.clientHeight + margin;
    while (this.items.length > 0 && !this.#lines.isLast(this.last) && this.bottom() < wanted) {
      const items = this.#next(this.last, 1, BATCH);
      if (items.length === 0) return this.last;
      this.#rows.append(...items.map(({ element }) => element));
      this.items.push(...items);
      this.fit();
    }
    return undefined;
  }

  extendUp(margin) {
    const wanted = this.#scroller.scrollTop - margin;
    while (this.items.length > 0 && !this.#isAtFirst() && this.#top > wanted) {
      const items = this.#next(this.first, -1, BATCH).reverse();
      if (items.length === 0) return this.first;
      const height = this.#rows.offsetHeight;
      this.#rows.prepend(...items.map(({ element }) => element));
      this.items.unshift(...items);
      this.#move(this.#top - (this.#rows.offsetHeight - height));
      this.#settle();
    }
    this.#settle();
    return undefined;
  }

  // Removes rows that are further away than the margin.
  trim(margin, isSelected) {
    if (this.items.length <= (isSelected ? ROWS_SELECTED : ROWS)) return;
    if (isSelected) this.#drop();
    const above = this.#scroller.scrollTop - margin - this.#top;
    let count = 0;
    while (count < this.items.length - 1 && this.items[count + 1].element.offsetTop < above) count++;
    if (count > 0) {
      const height = this.items[count].element.offsetTop;
      for (const { element } of this.items.splice(0, count)) element.remove();
      // Behind the first line again there is room above.
      const shift = this.#top === 0 ? MIDDLE : 0;
      const seen = this.#scroller.scrollTop;
      this.#move(this.#top + height + shift);
      if (shift) this.#scroller.scrollTop = seen + shift;
    }
    const below = this.#scroller.scrollTop + this.#scroller.clientHeight + margin - this.#top;
    // Asking where a row is after another one has gone costs a layout: first all are asked, then they go.
    let end = this.items.length;
    while (end > ROWS / 2 && this.items[end - 1].element.offsetTop > below) end--;
    for (const { element } of this.items.splice(end)) element.remove();
    this.fit();
  }

  // The height of the space is that of what is in it, and of the room for more.
  fit() {
    const isEnd = this.items.length === 0 || this.#lines.isLast(this.last);
    this.#space.style.height = `${this.bottom() + (isEnd ? 0 : ROOM)}px`;
  }

  // Where the rows and what follows them end, in the space.
  bottom() {
    return this.#top + this.#box.offsetHeight;
  }

  // Where a line begins, in the space.
  offset(number) {
    return this.#top + this.element(number).offsetTop;
  }

  // The item at a height in the space.
  at(y) {
    const above = countWhile(this.items.length, (index) => this.#top + this.items[index].element.offsetTop <= y);
    return this.items[Math.max(0, above - 1)];
  }

  // The next ones after or before a line, without itself.
  #next(number, step, count) {
    const items = [];
    let at = this.#lines.step(number, step);
    for (; items.length < count && at !== undefined; at = this.#lines.step(at, step)) items.push(this.#made(at));
    return items;
  }

  #replace(item) {
    const element = this.#make(item.line);
    item.element.replaceWith(element);
    item.element = element;
  }

  #made(number) {
    const line = this.#lines.get(number);
    return { line, element: this.#make(line) };
  }

  #item(number) {
    const item = this.items[countWhile(this.items.length, (index) => this.items[index].line.number < number)];
    return item?.line.number === number ? item : undefined;
  }

  // Nothing is above the first line, and for what is far above there must be room.
  #settle() {
    if (this.#isAtFirst() ? this.#top !== 0 : this.#top < 0) {
      const seen = this.#scroller.scrollTop - this.#top;
      this.#move(this.#isAtFirst() ? 0 : MIDDLE);
      this.#scroller.scrollTop = this.#top + seen;
    }
  }

  #isAtFirst() {
    return this.items.length === 0 || this.#lines.isFirst(this.first);
  }

  #move(top) {
    this.#top = top;
    this.#box.style.top = `${top}px`;
    this.fit();
  }
}
