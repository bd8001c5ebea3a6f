// A field, and below it what fits: a combobox with a list (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";

// After the last key, before the server is asked.
const PAUSE_MS = 150;
const SHOWN = 14;

export class Palette {
  #commands;
  #finder;
  #found = [];
  // Shown below all others, and only once it is known what else fits: Enter must not do this instead.
  #last = [];
  #shown = [];
  #at = 0;
  #timer;
  #field = make("input", { type: "text", role: "combobox", "aria-label": t("Find a command, a process or a template"), placeholder: t("Find a command, a process or a template"), "aria-expanded": "true", "aria-controls": "palette-list", autocomplete: "off", spellcheck: false, enterKeyHint: "go" });
  #list = make("ul", { id: "palette-list", role: "listbox", "aria-label": t("What fits") });
  #status = make("p", { className: "muted", role: "status" });
  element = make("dialog", { className: "palette", "aria-label": t("Commands") }, this.#field, this.#list, this.#status);

  constructor(commands, finder) {
    this.#commands = commands;
    this.#finder = finder;
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("close", () => {
      clearTimeout(this.#timer);
      this.#finder.abandon();
    });
    this.#show();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#found = this.#last = [];
    this.#at = 0;
    this.#show();
    const text = this.#field.value.trim();
    if (text) this.#timer = setTimeout(() => this.#find(text), PAUSE_MS);
  }

  async #find(text) {
    try {
      const found = await this.#finder.find(text);
      if (this.#field.value.trim() !== text) return;
      this.#found = found;
      this.#last = this.#finder.searchOutput(text);
      this.#show();
    } catch (error) {
      if (error.name !== "AbortError") this.#status.textContent = t("Processes could not be searched. Try it again.");
    }
  }

  #show() {
    const words = this.#field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ({ label }) => words.every((word) => label.toLowerCase().includes(word));
    this.#shown = [...this.#commands.filter(fits), ...this.#found].slice(0, SHOWN - 1).concat(this.#last);
    this.#at = Math.min(this.#at, Math.max(0, this.#shown.length - 1));
    this.#list.replaceChildren(...this.#shown.map((command, index) => this.#option(command, index)));
    this.#status.textContent = this.#shown.length === 0 ? t("Nothing fits") : "";
    this.#mark();
  }

  #option({ label, hint, isName }, index) {
    const option = make("li", { id: `palette-${index}`, role: "option" }, make("span", { translate: isName ? false : undefined }, label), make("span", { className: "muted" }, hint));
    option.addEventListener("click", () => this.#run(index));
    option.addEventListener("pointermove", () => {
      if (this.#at === index) return;
      this.#at = index;
      this.#mark();
    });
    return option;
  }

  #mark() {
    [...this.#list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#at)));
    if (this.#shown.length === 0) return this.#field.removeAttribute("aria-activedescendant");
    this.#field.setAttribute("aria-activedescendant", `palette-${this.#at}`);
    this.#list.children[this.#at]?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const count = this.#shown.length;
    if (event.key === "Enter" && !event.isComposing) this.#run(this.#at);
    else if (event.key === "ArrowDown" && count > 0) this.#at = (this.#at + 1) % count;
    else if (event.key === "ArrowUp" && count > 0) this.#at = (this.#at + count - 1) % count;
    else return;
    event.preventDefault();
    this.#mark();
  }

  #run(index) {
    const command = this.#shown[index];
    if (!command) return;
    // First, since it gives back the focus, and the command may take it.
    this.element.close();
    command.run();
  }
}
