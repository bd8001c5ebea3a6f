// The controls of a search: the field, its options, and what has become of it.
import { make } from "./dom.js";

export class FindBar {
  element;
  #field = make("input", { type: "search", className: "log-field", placeholder: "Search", "aria-label": "Search in the log", title: "Search (/)", spellcheck: false, autocomplete: "off", enterKeyHint: "search" });
  #regex = toggle(".*", "Regular expression");
  #case = toggle("Aa", "Match case");
  #status = make("span", { className: "log-status", role: "status" });
  #previous = button("↑", "Previous match (Shift+Enter)");
  #next = button("↓", "Next match (Enter)");
  #cancel = button("×", "End the search (Escape)");
  #more;
  #cleanups = [];

  // `events`: `enter(way)` is 1 or -1, `escape()`, `edited()`, `chosen()` when an option has changed, `step(way)`, and `cancel()`.
  constructor(events) {
    const options = make("span", { className: "log-find-options" }, this.#case, this.#regex);
    this.#more = make("span", { className: "log-find-more", hidden: true }, options, this.#status, this.#previous, this.#next, this.#cancel);
    this.element = make("div", { className: "log-find", role: "search" }, this.#field, this.#more);
    this.#field.addEventListener("keydown", (event) => this.#key(event, events));
    this.#field.addEventListener("input", () => events.edited());
    this.element.addEventListener("focusin", () => (this.#more.hidden = false));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.element.contains(relatedTarget)) this.#more.hidden = this.#field.value === "";
    });
    for (const option of [this.#regex, this.#case]) {
      option.addEventListener("click", () => {
        option.setAttribute("aria-pressed", String(option.ariaPressed !== "true"));
        events.chosen();
      });
    }
    this.#previous.addEventListener("click", () => events.step(-1));
    this.#next.addEventListener("click", () => events.step(1));
    this.#cancel.addEventListener("click", () => events.cancel());
    const slash = (event) => this.#slash(event);
    document.addEventListener("keydown", slash);
    this.#cleanups.push(() => document.removeEventListener("keydown", slash));
  }

  // What is asked for now: `{text, regex, ignoreCase}`.
  read() {
    return { text: this.#field.value, regex: this.#regex.ariaPressed === "true", ignoreCase: this.#case.ariaPressed !== "true" };
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

const button = (text, label) => make("button", { type: "button", className: "ghost small square", "aria-label": label, title: label }, text);

const toggle = (text, label) => make("button", { type: "button", className: "ghost small square log-mono", "aria-label": label, title: label, "aria-pressed": "false" }, text);
