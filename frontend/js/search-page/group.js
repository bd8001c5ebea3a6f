// The lines of one process that match. Whatever processes print or are named stays text.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { ago } from "../format.js";
import { serverNow } from "../log/clock.js";
import { findLink } from "../log/find-link.js";
import { fullTime, timeText } from "../log/format.js";
import { matchesIn } from "../log/search.js";
import { contextButton } from "./context.js";
import { excerpt } from "./excerpt.js";
import { stateMark } from "./state.js";

// So many lines are shown at first.
const SHOWN = 20;

export class Group {
  element;
  #address;
  #query;
  #lines = make("ol", { className: "search-lines" });
  #count = make("span", { className: "muted" });
  #more = make("button", { type: "button", className: "ghost small", hidden: true, onclick: () => this.#showAll() });
  #hits = 0;
  #last;
  #isWhole = false;

  // `address`: that of the process. `query`: what was searched for.
  constructor(address, query, { id, process: { name, created_at: created, ...process } }) {
    this.#address = address;
    this.#query = query;
    const heading = make("h2", { id: `found-${id}` }, make("a", { href: address, translate: false }, name));
    const time = make("time", { className: "muted", dateTime: created, title: fullTime(created) }, ago(serverNow() - Date.parse(created)));
    const head = make("div", { className: "search-head" }, heading, stateMark(process), time, this.#count);
    this.element = make("section", { className: "search-group", "aria-labelledby": heading.id }, head, this.#lines, this.#more);
  }

  add(hit) {
    this.#hits += 1;
    this.#last = hit.line;
    const line = this.#line(hit);
    line.hidden = !this.#isWhole && this.#hits > SHOWN;
    this.#lines.append(line);
    this.#count.textContent = this.#matches();
    this.#more.textContent = plural(this.#hits - SHOWN, "Show {count} more", "Show {count} more", { count: (this.#hits - SHOWN).toLocaleString() });
    this.#more.hidden = !line.hidden;
  }

  // There may be more matches than are here: the log of the process has them all.
  cut() {
    const link = make("a", { href: findLink(this.#address, this.#last, this.#query) }, t("Search its log"));
    this.#count.replaceChildren(`${plural(this.#hits, "First {count} match", "First {count} matches", { count: this.#hits.toLocaleString() })} · `, link);
  }

  #matches() {
    return plural(this.#hits, "{count} match", "{count} matches", { count: this.#hits.toLocaleString() });
  }

  #line(hit) {
    const isError = hit.stream === "stderr";
    const number = make("a", { className: "search-number", href: `${this.#address}#L${hit.line}`, "aria-label": isError ? t("Line {number}, standard error", { number: hit.line }) : t("Line {number}", { number: hit.line }) }, String(hit.line));
    const time = make("time", { className: "muted", title: fullTime(hit.time) }, hit.time ? timeText(hit.time, "clock") : "");
    const pieces = excerpt(hit.text, matchesIn(hit, hit.text), hit.cut);
    const text = make("code", { translate: false }, ...pieces.map(({ text, isMatch }) => (isMatch ? make("mark", {}, text) : text)));
    return make("li", { className: isError ? "from-stderr" : "" }, number, time, text, contextButton(hit));
  }

  #showAll() {
    const first = this.#lines.querySelector("li[hidden] a");
    this.#isWhole = true;
    this.#more.hidden = true;
    for (const line of this.#lines.children) line.hidden = false;
    // The button is gone.
    first?.focus();
  }
}
