// Filters that somebody has given a name, kept in this browser for them alone: each is a link beside the segments.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { address, present } from "./query.js";
import { shortName } from "./words.js";

// Several people may sign in here one after the other.
const KEY = `execdeck.filters.${document.querySelector(".bar .person")?.textContent ?? ""}`;
const MOST = 20;

export class SavedFilters {
  #nav = make("nav", { className: "saved", "aria-label": t("Saved filters"), hidden: true });
  // Storage may be switched off: then they last as long as the page.
  #filters = [];

  constructor(container) {
    container.querySelector(".view").after(this.#nav);
    this.#read();
    const cleanup = new AbortController();
    const changed = ({ key }) => {
      if (!container.isConnected) return cleanup.abort();
      if (key === KEY || key === null) this.#read();
    };
    addEventListener("storage", changed, { signal: cleanup.signal });
  }

  // The address may have changed.
  update() {
    for (const link of this.#nav.querySelectorAll("a")) link.ariaCurrent = link.dataset.text === present() ? "page" : "false";
  }

  isFull() {
    return this.#filters.length >= MOST;
  }

  // Keeps the text of the search field under a name, in place of another one of that name.
  add(name, text) {
    this.#read();
    const others = this.#filters.filter((filter) => filter.name !== name);
    this.#write([...others, { name, text }].slice(-MOST));
  }

  #remove(name) {
    this.#read();
    this.#write(this.#filters.filter((filter) => filter.name !== name));
    (this.#nav.querySelector("a") ?? document.querySelector(".list .view"))?.focus();
  }

  // Other tabs may have changed them.
  #read() {
    try {
      const kept = JSON.parse(localStorage[KEY] ?? "[]");
      this.#filters = Array.isArray(kept) ? kept.filter(({ name, text }) => typeof name === "string" && typeof text === "string") : [];
    } catch {}
    this.#show();
  }

  #write(filters) {
    this.#filters = filters;
    try {
      if (filters.length > 0) localStorage[KEY] = JSON.stringify(filters);
      else delete localStorage[KEY];
    } catch {}
    this.#show();
  }

  #show() {
    const chips = this.#filters.map(({ name, text }) => {
      const link = make("a", { href: address(text), title: text, translate: false }, shortName(name));
      link.dataset.text = text;
      const about = t("Remove the filter {name}", { name: shortName(name) });
      const remove = make("button", { type: "button", className: "ghost", title: about, "aria-label": about, onclick: () => this.#remove(name) }, "×");
      return make("span", { className: "saved-filter" }, link, remove);
    });
    this.#nav.replaceChildren(...chips);
    this.#nav.hidden = chips.length === 0;
    this.update();
  }
}
