// Which rows are selected: by a box in each of them, Shift+click for a range, and the key x for the row that has the focus.
// Selected are processes, by their ids: rows come, go and move under the selection.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { allRows, idOf, nameOf, shownRows } from "./rows.js";
import { SelectionBar } from "./selection-bar.js";

export class Selection {
  #container;
  #ids = new Set();
  // From here Shift+click reaches.
  #anchor;
  #bar;

  constructor(container) {
    this.#container = container;
    const { rights } = document.documentElement.dataset;
    const may = (right) => rights === undefined || rights.split(" ").includes(right);
    // Nothing could be done with a selection.
    if (!may("stop") && !may("read_output")) return;
    this.#bar = new SelectionBar(container, this, { stops: may("stop"), reads: may("read_output") });
    container.addEventListener("click", (event) => this.#click(event));
    container.addEventListener("keydown", (event) => this.#press(event));
    // The text between two clicks would be selected, too.
    container.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest(".row-pick") && event.preventDefault());
  }

  // Rows have come, gone or changed. What is not seen any more is not selected.
  update() {
    if (!this.#bar) return;
    const shown = new Set(shownRows(this.#container).map(idOf));
    for (const id of this.#ids) if (!shown.has(id)) this.#ids.delete(id);
    for (const row of allRows(this.#container)) this.#box(row).checked = this.#ids.has(idOf(row));
    const rows = this.rows();
    this.#container.toggleAttribute("data-selecting", rows.length > 0);
    this.#bar.show(rows, shown.size);
  }

  // The selected rows, in the order of the list.
  rows() {
    return shownRows(this.#container).filter((row) => this.#ids.has(idOf(row)));
  }

  selectAll() {
    for (const row of shownRows(this.#container)) this.#ids.add(idOf(row));
    this.update();
  }

  clear() {
    this.#ids.clear();
    this.update();
  }

  // Leaves these ids selected.
  keep(ids) {
    this.#ids = new Set(ids);
    this.update();
  }

  #box(row) {
    const present = row.querySelector(".row-pick input");
    if (present) return present;
    const box = make("input", { type: "checkbox", "aria-label": t("Select {name}", { name: nameOf(row) }) });
    row.prepend(make("label", { className: "row-pick" }, box));
    return box;
  }

  #click(event) {
    if (event.target.matches(".row-pick input")) this.#set(event.target.closest(".row"), event.target.checked, event.shiftKey);
  }

  #press(event) {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    const types = target.matches("input:not([type=checkbox]), textarea, select");
    if (ctrlKey || metaKey || altKey || types) return;
    const row = target.closest(".row");
    if (key.toLowerCase() === "x" && row && !event.repeat) this.#set(row, !this.#ids.has(idOf(row)), shiftKey);
    else if (key === "Escape" && this.#ids.size > 0 && !event.defaultPrevented) this.clear();
  }

  #set(row, on, isRange) {
    const rows = shownRows(this.#container);
    const [from, to] = [rows.findIndex((other) => idOf(other) === this.#anchor), rows.indexOf(row)];
    const range = isRange && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
    for (const id of range.map(idOf)) {
      if (on) this.#ids.add(id);
      else this.#ids.delete(id);
    }
    this.#anchor = idOf(row);
    this.update();
  }
}
