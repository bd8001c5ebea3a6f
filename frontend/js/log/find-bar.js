// The controls of a search: the field, its options, and what has become of it.
import { t } from "../../../app/js/texts.js";
import { onOff, square } from "../controls.js";
import { make } from "../dom.js";

export class FindBar {
  element;
  #field = make("input", { type: "search", className: "log-field", placeholder: t("Search"), "aria-label": t("Search in the log"), title: t("Search (/)"), spellcheck: false, autocomplete: "off", enterKeyHint: "search" });
  #regex = onOff(".*", t("Regular expression"), () => this.#events.chosen());
  #case = onOff("Aa", t("Match case"), () => this.#events.chosen());
  #status = make("span", { className: "log-status", role: "status" });
  #previous = square("↑", t("Previous match (Shift+Enter)"), () => this.#events.step(-1));
  #next = square("↓", t("Next match (Enter)"), () => this.#events.step(1));
  #cancel = square("×", t("End the search (Escape)"), () => this.#events.cancel());
  #more;
  #events;
  #cleanups = [];

  // `events`: `enter(way)` is 1 or -1, `escape()`, `edited()`, `chosen()` when an option has changed, `step(way)`, and `cancel()`.
  constructor(events) {
    this.#events = events;
    const options = make("span", { className: "log-find-options" }, this.#case, this.#regex);
    this.#more = make("span", { className: "log-find-more", hidden: true }, options, this.#status, this.#previous, this.#next, this.#cancel);
    this.element = make("div", { className: "log-find", role: "search" }, this.#field, this.#more);
    this.#field.addEventListener("keydown", (event) => this.#key(event, events));
    this.#field.addEventListener("input", () => events.edited());
    this.element.addEventListener("focusin", () => (this.#more.hidden = false));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.element.contains(relatedTarget)) this.#more.hidden = this.#field.value === "";
    });
    const slash = (event) => this.#slash(event);
    document.addEventListener("keydown", slash);
    this.#cleanups.push(() => document.removeEventListener("keydown", slash));
  }

  // What is asked for now: `{text, regex, ignoreCase}`.
  read() {
    return { text: this.#field.value, regex: this.#regex.ariaPressed === "true", ignoreCase: this.#case.ariaPressed !== "true" };
  }

  write({ text, regex, ignoreCase }) {
    this.#field.value = text;
    this.#regex.ariaPressed = String(regex);
    this.#case.ariaPressed = String(!ignoreCase);
    this.#more.hidden = false;
  }

  // `error`: what the text is about, if it is not about what was found.
  tell(text, { hasHits = false, error } = {}) {
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.classList.toggle("log-wrong", error !== undefined);
    this.#previous.disabled = this.#next.disabled = !hasHits;
    if (error?.isQuery) this.#field.setAttribute("aria-invalid", "true");
    else this.#field.removeAttribute("aria-invalid");
  }

  clear() {
    this.#field.value = "";
    this.#more.hidden = true;
    this.tell("");
  }

  dispose() {
    for (const cleanup of this.#cleanups) cleanup();
  }

  #slash(event) {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    this.#field.focus();
    this.#field.select();
  }

  #key(event, events) {
    if (event.key === "Enter") events.enter(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") {
      event.stopPropagation();
      events.escape();
    } else return;
    event.preventDefault();
  }
}
