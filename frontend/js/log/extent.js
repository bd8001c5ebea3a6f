// How much of all lines is seen, and where: what the scrollbar shows.

export class Extent {
  #scroller;
  #window;
  #lines;
  #rail;

  constructor(scroller, window, lines, rail) {
    this.#scroller = scroller;
    this.#window = window;
    this.#lines = lines;
    this.#rail = rail;
  }

  // How many lines there are from the first to the last that is seen; 1 if none is.
  visible() {
    const { scrollTop, clientHeight } = this.#scroller;
    const [top, bottom] = [this.#window.at(scrollTop), this.#window.at(scrollTop + clientHeight - 1)];
    return top ? bottom.line.number - top.line.number + 1 : 1;
  }

  isAtEnd() {
    const { scrollTop, clientHeight } = this.#scroller;
    return this.#lines.isLast(this.#window.last) && scrollTop + clientHeight >= this.#window.bottom() - 2;
  }

  // `anchor`: the line at the top and how much of it is above, if there are lines.
  show(anchor) {
    this.#sayMore();
    const { first, total } = this.#lines;
    const count = Math.max(1, total - first + 1);
    const hidden = count - this.visible();
    const part = anchor ? Math.min(1, anchor.above / Math.max(1, this.#window.element(anchor.number).offsetHeight)) : 0;
    const at = this.isAtEnd() ? 1 : Math.min(1, ((anchor?.number ?? first) - first + part) / Math.max(1, hidden));
    this.#rail.show(this.#isAll() ? 1 : this.visible() / count, at);
  }

  // For what is printed: only lines that have rows are.
  #sayMore() {
    const { first, last } = this.#window;
    this.#scroller.classList.toggle("more-above", first !== undefined && !this.#lines.isFirst(first));
    this.#scroller.classList.toggle("more-below", first !== undefined && !this.#lines.isLast(last));
  }

  #isAll() {
    const { first, last } = this.#window;
    return first !== undefined && this.#lines.isFirst(first) && this.#lines.isLast(last) && this.#window.bottom() <= this.#scroller.clientHeight;
  }
}
