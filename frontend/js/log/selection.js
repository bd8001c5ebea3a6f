// What the reader has selected: all rows at once, copied as the text of the lines, and told when it is lost.
import { plural, t } from "../../../app/js/texts.js";
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
    this.#events.say(t("The selection has ended: its lines are too far away."));
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
    // Ctrl+A selects no more than what the page holds.
    const total = this.#events.total();
    const isPart = selected.count === this.#rows.children.length && selected.count < total;
    this.#events.say(copiedText(selected.count, isPart ? total : undefined));
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler);
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}

// `total`: how many lines there are, if those that were copied are all that is here of them.
function copiedText(lines, total) {
  const values = { count: lines.toLocaleString(), total: total?.toLocaleString() };
  if (total === undefined) return plural(lines, "{count} line copied", "{count} lines copied", values);
  return plural(lines, "{count} line copied of {total}: those near what is seen. “Download” has all.", "{count} lines copied of {total}: those near what is seen. “Download” has all.", values);
}
