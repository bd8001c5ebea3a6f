// Where the reader is: at the end of the output, or at a line that stays where it is.
import { showWhenScrolled } from "./scroll-bar.js";

export class Follow {
  #terminal;
  #changed;
  #isHead;
  #follow = true;
  #held;
  #showScrollBar;

  // `changed(follow)`: the reader has gone to the end or has left it. `isHead()`: what is shown ends before the output does.
  constructor(terminal, isHead, changed) {
    this.#terminal = terminal;
    this.#isHead = isHead;
    this.#changed = changed;
    this.#showScrollBar = showWhenScrolled(terminal);
    terminal.onScroll(() => this.#held || this.#scrolled());
  }

  set(follow) {
    this.#follow = follow;
    this.#letGo();
    if (follow) return this.#terminal.scrollToBottom();
    const { viewportY, baseY, cursorY } = this.#terminal.buffer.active;
    this.#held = this.#terminal.registerMarker(viewportY - baseY - cursorY);
  }

  // More has been written, or lines wrap elsewhere.
  settle() {
    if (this.#follow) this.#terminal.scrollToBottom();
    else this.#hold();
  }

  scrolledByUser() {
    this.#showScrollBar();
    this.#letGo();
    this.#scrolled();
  }

  // A terminal at its end scrolls with the output, so the held line has to be scrolled back to once.
  // Not in `onScroll`: xterm.js updates its scroll position later, and would be one row off.
  #hold() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    if (!this.#held || this.#held.line < 0 || viewportY < baseY || this.#held.line >= baseY) return;
    this.#terminal.scrollToLine(this.#held.line);
  }

  #letGo() {
    this.#held?.dispose();
    this.#held = undefined;
  }

  #scrolled() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    if (viewportY < baseY) this.#showScrollBar();
    const follow = viewportY >= baseY && !this.#isHead();
    if (follow === this.#follow) return;
    this.#follow = follow;
    this.#changed(follow);
  }
}
