// What the reader has selected: all rows at once, copied as the text of the lines, and told when it is lost.
import { selectedText } from "./copy.js";

export class Selection {
  #rows;
  #events;
  #cleanups = [];

  // `events`: `textOf(item)` is the text of a row's line, `total()` how many lines there are, `selected()` says that something is
  // selected, `say(text)` tells the reader.
  constructor(scroller, rows, events) {
    this.#rows = rows;
    this.#events = events;
    this.#on(scroller, "copy", (event) => this.#copy(event));
    this.#on(scroller, "keydown", (event) => event.target === scroller && this.#key(event));
    this.#on(document, "selectionchange", () => this.exists() && events.selected());
  }

  exists() {
    const selection = getSelection();
    return !selection.isCollapsed && this.#rows.contains(selection.anchorNode);
  }

  // Rows go: those that are selected, too.
  drop() {
    if (!this.exists()) return;
    getSelection().removeAllRanges();
    this.#events.say("The selection has ended: its lines are too far away.");
  }

  dispose() {
    for (const cleanup of this.#cleanups) cleanup();
  }

  #key(event) {
    if (event.key !== "a" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    getSelection().selectAllChildren(this.#rows);
  }

  #copy(event) {
    const selected = selectedText(this.#rows, this.#events.textOf);
    if (!selected) return;
    event.clipboardData.setData("text/plain", selected.text);
    event.preventDefault();
    const copied = selected.count === 1 ? "1 line copied" : `${selected.count.toLocaleString()} lines copied`;
    // Ctrl+A selects no more than what the page holds.
    const total = this.#events.total();
    const isPart = selected.count === this.#rows.children.length && selected.count < total;
    this.#events.say(isPart ? `${copied} of ${total.toLocaleString()}: those near what is seen. “Download” has all.` : copied);
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler);
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}
