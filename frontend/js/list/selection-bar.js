// The bar that says how many processes are selected, does to all of them what is possible, and leads to the page that shows them together.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { carryOut } from "./bulk.js";
import { allRows, idOf, isActive, isShown, isWhole, nameOf, shownRows } from "./rows.js";
import { shortName, summary } from "./words.js";

// `label`: of the button, with how many of the selected ones it is for unless it is for all.
const STOP = {
  call: "kill_process",
  label: (count) => (count === undefined ? t("Stop") : t("Stop {count}", { count })),
  doing: (values) => t("Stopping {number} of {total}…", values),
  question: (names) => t("Stop {names}?", { names }),
};
const REMOVE = {
  call: "remove_process",
  label: (count) => (count === undefined ? t("Remove") : t("Remove {count}", { count })),
  doing: (values) => t("Removing {number} of {total}…", values),
  question: (names, count) => plural(count, "Remove {names} from the history? Its output is removed, too.", "Remove {names} from the history? Their output is removed, too.", { names }),
};

// As many as the page shows together (`app/src/plain/together.rs`).
const TOGETHER = { fewest: 2, most: 6 };

export class SelectionBar {
  #container;
  #selection;
  #may;
  #element;
  #status = make("p", { role: "status" });
  #failures = make("ul", { role: "alert", hidden: true });
  // Another document: the app's router is not to take it for a process.
  #together = make("a", { className: "button small", rel: "external" }, t("Show together"));
  #stop = make("button", { type: "button", className: "small", onclick: () => this.#act(STOP, true) });
  #remove = make("button", { type: "button", className: "small danger", onclick: () => this.#act(REMOVE, false) });
  #all = make("button", { type: "button", className: "ghost small", onclick: () => this.#selection.selectAll() });
  #clear = make("button", { type: "button", className: "ghost small", onclick: () => this.#selection.clear() }, t("Clear"));
  #isBusy = false;
  // The row from which the keyboard goes on when the bar goes.
  #near;

  // `may`: what the person may do, `{stops, reads}`.
  constructor(container, selection, may) {
    this.#container = container;
    this.#selection = selection;
    this.#may = may;
    const buttons = make("div", { className: "selection-buttons" }, this.#together, this.#stop, this.#remove, this.#all, this.#clear);
    this.#element = make("section", { className: "selection", "aria-label": t("Selected processes"), hidden: true }, this.#failures, this.#status, buttons);
    container.append(this.#element);
  }

  // Shows these selected rows, of so many that could be.
  show(rows, shown) {
    this.#near = rows[0] ?? this.#near;
    const active = rows.filter(isActive).length;
    const label = (action, count) => action.label(count === rows.length ? undefined : count);
    this.#stop.hidden = !this.#may.stops || active === 0;
    this.#remove.hidden = !this.#may.stops || active === rows.length;
    this.#together.hidden = !this.#may.reads || rows.length < TOGETHER.fewest || rows.length > TOGETHER.most;
    this.#together.href = `${document.documentElement.dataset.base ?? ""}/admin/exec/together?ids=${rows.map(idOf)}`;
    this.#all.hidden = rows.length === shown;
    write(this.#stop, label(STOP, active));
    write(this.#remove, label(REMOVE, rows.length - active));
    write(this.#all, isWhole(this.#container) ? t("Select all {count}", { count: shown }) : t("Select the {count} shown", { count: shown }));
    if (this.#isBusy) return;
    write(this.#status, plural(rows.length, "{count} selected", "{count} selected"));
    const isOver = rows.length === 0;
    if (isOver && this.#element.contains(document.activeElement)) this.#focusNear();
    if (isOver) this.#report([]);
    this.#element.hidden = isOver;
  }

  #focusNear() {
    const row = this.#near?.isConnected && isShown(this.#near) ? this.#near : shownRows(this.#container)[0];
    (row?.querySelector(".row-name") ?? document.getElementById("main")).focus();
  }

  // Does it to those that are, or are not, active.
  async #act(action, toActive) {
    const rows = this.#selection.rows();
    const applicable = rows.filter((row) => isActive(row) === toActive).map((row) => ({ id: idOf(row), name: nameOf(row) }));
    if (this.#isBusy || applicable.length === 0 || !confirm(action.question(summary(applicable.map(({ name }) => name)), applicable.length))) return;
    this.#setBusy(true);
    this.#report([]);
    const left = new Set(rows.map(idOf));
    const failures = await carryOut(action.call, applicable, (process, done) => {
      this.#status.textContent = action.doing({ number: Math.min(done + 1, applicable.length), total: applicable.length });
      if (!process) return;
      left.delete(process.id);
      // The app takes the row away when it hears of it, which may be later.
      if (action === REMOVE) for (const row of allRows(this.#container)) if (idOf(row) === process.id) row.hidden = true;
    });
    this.#setBusy(false);
    // What was selected meanwhile stays so.
    const now = this.#selection.rows().map(idOf);
    this.#selection.keep(now.filter((id) => left.has(id) || !rows.some((row) => idOf(row) === id)));
    this.#report(failures.map(({ name, message }) => `${shortName(name)}: ${message}`));
  }

  // The buttons are not disabled, which would take the focus from them.
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    for (const button of [this.#stop, this.#remove]) button.ariaDisabled = String(isBusy);
    this.#element.ariaBusy = String(isBusy);
    window[isBusy ? "addEventListener" : "removeEventListener"]("beforeunload", askToStay);
  }

  #report(messages) {
    this.#failures.replaceChildren(...messages.map((message) => make("li", {}, message)));
    this.#failures.hidden = messages.length === 0;
  }
}

// What has not been done when the page is left is not done.
function askToStay(event) {
  event.preventDefault();
}

// Writes only what is new, which is read out and observed.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
