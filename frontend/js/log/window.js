// The rows that are in the document: a run of consecutive lines around what is seen. They lie in a space that is higher than they
// are, so that rows above can come and go without what is seen moving.

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
  #drop;
  #top = 0;
  // `{line, element}`, by number.
  items = [];

  // `make(line)` returns the element of a line, `drop()` says that rows go which may be selected. `box` has the rows and whatever else follows the last line.
  constructor(scroller, space, box, rows, lines, make, drop) {
    this.#scroller = scroller;
    this.#space = space;
    this.#box = box;
    this.#rows = rows;
    this.#lines = lines;
    this.#make = make;
    this.#drop = drop;
  }

  get first() {
    return this.items[0]?.line.number;
  }

  get last() {
    return this.items.at(-1)?.line.number;
  }

  has(number) {
    return this.items.length > 0 && number >= this.first && number <= this.last;
  }

  element(number) {
    return this.has(number) ? this.items[number - this.first].element : undefined;
  }

  // Replaces all rows by those of a line, which is loaded, and as many before and after it as are loaded.
  fill(number, before, after) {
    if (this.items.length > 0) this.#drop();
    this.items = [...this.#next(number - 1, -1, before).reverse(), ...this.#next(number, 1, after + 1)];
    this.#rows.replaceChildren(...this.items.map(({ element }) => element));
    this.#move(this.#isAtFirst() ? 0 : MIDDLE);
  }

  // Makes all rows again. `which(line)`: only these.
  remake(which = () => true) {
    for (const item of this.items) {
      if (!which(item.line)) continue;
      const element = this.#make(item.line);
      item.element.replaceWith(element);
      item.element = element;
    }
    this.fit();
  }

  // Shows lines that have become longer since their rows were made.
  renew() {
    for (const item of this.items) {
      const line = this.#lines.get(item.line.number);
      if (!line || line === item.line) continue;
      item.line = line;
      const element = this.#make(line);
      item.element.replaceWith(element);
      item.element = element;
    }
  }

  // Adds rows until the margin beyond what is seen is filled, in pixels. Returns the number of a line that has to be loaded
  // for that, if there is one.
  extendDown(margin) {
    const wanted = this.#scroller.scrollTop + this.#scroller.clientHeight + margin;
    while (this.items.length > 0 && this.last < this.#lines.total && this.bottom() < wanted) {
      const items = this.#next(this.last + 1, 1, BATCH);
      if (items.length === 0) return this.last + 1;
      this.#rows.append(...items.map(({ element }) => element));
      this.items.push(...items);
      this.fit();
    }
    return undefined;
  }

  extendUp(margin) {
    const wanted = this.#scroller.scrollTop - margin;
    while (this.items.length > 0 && !this.#isAtFirst() && this.#top > wanted) {
      const items = this.#next(this.first - 1, -1, BATCH).reverse();
      if (items.length === 0) return this.first - 1;
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
    const isEnd = this.items.length === 0 || this.last === this.#lines.total;
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
    let [low, high] = [0, this.items.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#top + this.items[middle].element.offsetTop <= y) low = middle;
      else high = middle - 1;
    }
    return this.items[low];
  }

  #next(number, step, count) {
    const items = [];
    for (let at = number; items.length < count && at >= this.#lines.first && this.#lines.get(at); at += step) {
      const line = this.#lines.get(at);
      items.push({ line, element: this.#make(line) });
    }
    return items;
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
    return this.items.length === 0 || this.first <= this.#lines.first;
  }

  #move(top) {
    this.#top = top;
    this.#box.style.top = `${top}px`;
    this.fit();
  }
}
