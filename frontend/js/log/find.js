// The search field: finds lines, counts them, and goes from one to the next.
import { make } from "./dom.js";
import { matchesIn, search } from "./search.js";

const STREAMS = [["", "Both"], ["stdout", "Output"], ["stderr", "Errors"]];

export class Find {
  element;
  #field = make("input", { type: "search", className: "log-field", placeholder: "Search", "aria-label": "Search in the log", title: "Search (/)", spellcheck: false, autocomplete: "off", enterKeyHint: "search" });
  #regex = toggle(".*", "Regular expression");
  #case = toggle("Aa", "Match case");
  #stream = make("select", { className: "log-select", "aria-label": "Stream to search" }, ...STREAMS.map(([value, text]) => make("option", { value }, text)));
  #status = make("span", { className: "log-status", role: "status" });
  #previous = button("↑", "Previous match (Shift+Enter)");
  #next = button("↓", "Next match (Enter)");
  #cancel = button("×", "End the search (Escape)");
  #more;
  #address;
  #events;
  // Line number → hit, and the numbers in their order.
  #hits = new Map();
  #order = [];
  #current = -1;
  #query;
  #abort;
  #percent = 0;
  #limited = false;
  #cleanups = [];

  // `events`: `top()` is the line at the top, `go(number)` goes to a line, `changed(from)` says that there are hits from an index on or
  // none at all, `left()` that the reader is back at the lines.
  constructor(address, hasStreams, events) {
    this.#address = address;
    this.#events = events;
    this.#more = make("span", { className: "log-find-more", hidden: true }, this.#case, this.#regex, ...(hasStreams ? [this.#stream] : []), this.#status, this.#previous, this.#next, this.#cancel);
    this.element = make("div", { className: "log-find", role: "search" }, this.#field, this.#more);
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focusin", () => (this.#more.hidden = false));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.element.contains(relatedTarget)) this.#more.hidden = this.#query === undefined && this.#field.value === "";
    });
    for (const option of [this.#regex, this.#case]) option.addEventListener("click", () => this.#switch(option));
    this.#stream.addEventListener("change", () => this.#query && this.#start());
    this.#previous.addEventListener("click", () => this.#step(-1));
    this.#next.addEventListener("click", () => this.#step(1));
    this.#cancel.addEventListener("click", () => this.#clear());
    const slash = (event) => this.#slash(event);
    document.addEventListener("keydown", slash);
    this.#cleanups.push(() => document.removeEventListener("keydown", slash));
  }

  // Where a line matches: `[{from, to}]`.
  matches(number, shown) {
    const hit = this.#hits.get(number);
    return hit ? matchesIn(hit, shown) : [];
  }

  // The number of the line whose turn it is.
  current() {
    return this.#order[this.#current];
  }

  has(number) {
    return this.#hits.has(number);
  }

  dispose() {
    this.#abort?.abort();
    for (const cleanup of this.#cleanups) cleanup();
  }

  #slash(event) {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    this.#field.focus();
    this.#field.select();
  }

  #key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.#isNew()) this.#start();
      else this.#step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (this.#abort) this.#stop();
      else this.#clear();
    }
  }

  #switch(option) {
    option.setAttribute("aria-pressed", String(option.ariaPressed !== "true"));
    if (this.#query) this.#start();
  }

  #read(from) {
    return { text: this.#field.value, regex: this.#regex.ariaPressed === "true", ignoreCase: this.#case.ariaPressed !== "true", stream: this.#stream.value, from };
  }

  #isNew() {
    return this.#query === undefined || this.#query.text !== this.#field.value;
  }

  #reset() {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#hits.clear();
    this.#order = [];
    this.#current = -1;
    this.#limited = false;
    this.#field.removeAttribute("aria-invalid");
    this.#events.changed();
  }

  // Ends the search that runs, and keeps what it has found.
  #stop() {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#tell();
  }

  #clear() {
    this.#reset();
    this.#query = undefined;
    this.#field.value = "";
    this.#more.hidden = true;
    this.#status.textContent = "";
    this.#events.left();
  }

  // Searches from a line on: first from the beginning. Goes to the first match at or below what is seen.
  async #start(from = 1) {
    this.#reset();
    if (this.#field.value === "") return this.#clear();
    this.#query = this.#read(from);
    await this.#run(this.#query, this.#events.top());
  }

  async #run(query, top) {
    const abort = (this.#abort = new AbortController());
    this.#percent = 0;
    this.#tell();
    try {
      const { limited } = await search(this.#address, query, abort.signal, {
        hit: (hit) => this.#found(hit, top),
        progress: (searched, total) => this.#progressed(searched, total),
      });
      if (abort !== this.#abort) return;
      this.#abort = undefined;
      this.#limited = limited;
      // What the reader looks at is behind all that one answer has.
      if (limited && this.#order.at(-1) < top && query.from < top) return await this.#start(top);
      if (this.#current < 0 && this.#order.length > 0) this.#select(this.#order.length - 1);
      this.#tell();
    } catch (error) {
      if (abort !== this.#abort) return;
      this.#abort = undefined;
      this.#field.toggleAttribute("aria-invalid", false);
      if (error.isQuery) this.#field.setAttribute("aria-invalid", "true");
      this.#status.textContent = error.message;
    }
  }

  #found(hit, top) {
    if (this.#hits.has(hit.line)) return;
    this.#hits.set(hit.line, hit);
    this.#order.push(hit.line);
    this.#events.changed(hit.line);
    if (this.#current < 0 && hit.line >= top) this.#select(this.#order.length - 1);
    this.#tellSoon();
  }

  #progressed(searched, total) {
    this.#percent = total ? Math.floor((100 * searched) / total) : 0;
    this.#tellSoon();
  }

  async #step(way) {
    if (this.#order.length === 0) return;
    const next = this.#current + way;
    // There may be more than one answer has.
    if (next >= this.#order.length && this.#limited && !this.#abort) {
      this.#limited = false;
      return this.#run({ ...this.#query, from: this.#order.at(-1) + 1 }, Infinity).then(() => this.#order[next] && this.#select(next));
    }
    this.#select((next + this.#order.length) % this.#order.length);
  }

  #select(index) {
    const before = this.current();
    this.#current = index;
    this.#events.go(this.current(), before);
    this.#tell();
  }

  #timer;
  #tellSoon() {
    this.#timer ??= setTimeout(() => this.#tell(), 100);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const count = this.#order.length;
    const all = `${count.toLocaleString()}${this.#limited ? "+" : ""}`;
    const running = this.#abort ? ` · ${this.#percent} %` : "";
    if (count > 0) this.#status.textContent = `${this.#current < 0 ? "" : `${(this.#current + 1).toLocaleString()} of `}${all}${running}`;
    else this.#status.textContent = this.#abort ? `Searching${running}` : this.#query ? "No matches" : "";
    this.#previous.disabled = this.#next.disabled = count === 0;
  }
}

const button = (text, label) => make("button", { type: "button", className: "ghost small square", "aria-label": label, title: label }, text);

const toggle = (text, label) => make("button", { type: "button", className: "ghost small square log-mono", "aria-label": label, title: label, "aria-pressed": "false" }, text);
