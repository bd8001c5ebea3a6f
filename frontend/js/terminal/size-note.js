// Says that a terminal is smaller than its pane, which is so when a window that is smaller shows it, too.

// How long, in milliseconds, it must have been smaller: a new size goes to the program and back.
const STEADY = 1500;
// What the note needs below the terminal, or beside it, in pixels.
const HEIGHT = 24;
const WIDTH = 110;

export class SizeNote {
  #terminal;
  #element;
  #note = document.createElement("p");
  #room;
  #reason = "";
  // When it was looked at last.
  #size;
  #timer;

  constructor(terminal, element) {
    this.#terminal = terminal;
    this.#element = element;
    this.#note.className = "term-size";
    this.#note.setAttribute("role", "status");
    element.append(this.#note);
    terminal.onResize(() => this.#check());
  }

  setRoom(cols, rows) {
    this.#room = { cols, rows };
    this.#check();
  }

  // Why the size is another one than the pane's, as a sentence with `{size}`; empty: it is nobody's to choose any more.
  setReason(reason) {
    this.#reason = reason;
    this.#check();
  }

  dispose() {
    clearTimeout(this.#timer);
    this.#note.remove();
  }

  #check() {
    clearTimeout(this.#timer);
    const { cols, rows } = this.#terminal;
    const size = `${cols} × ${rows}`;
    if (this.#reason && this.#room && (cols < this.#room.cols || rows < this.#room.rows)) {
      this.#timer = setTimeout(() => this.#show(this.#reason.replace("{size}", size)), STEADY);
      // What it said last may be over the text by now.
      if (size !== this.#size) this.#note.textContent = "";
    } else this.#note.textContent = "";
    this.#size = size;
  }

  // Never over the text: below it, or beside it.
  #show(text) {
    const [pane, screen] = [this.#element, this.#element.querySelector(".xterm-screen")].map((part) => part.getBoundingClientRect());
    const beside = pane.right - screen.right;
    const isBelow = pane.bottom - screen.bottom >= HEIGHT;
    if (!isBelow && beside < WIDTH) return (this.#note.textContent = "");
    this.#note.style.maxWidth = isBelow ? "" : `${beside}px`;
    if (this.#note.textContent !== text) this.#note.textContent = text;
  }
}
