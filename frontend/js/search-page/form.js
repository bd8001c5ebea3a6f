// The form of a search: what it asks for is in the address, and the address in the form, also after going back and forward.
import { t } from "../../../app/js/texts.js";

const WHICH = ["name", "state", "label", "started_by"];

export class Form {
  #form;

  constructor(form) {
    this.#form = form;
  }

  // `run()` searches for what the address says now.
  begin(run) {
    // What is left empty does not have to be in the address.
    this.#form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const address = `${this.#form.action}?${new URLSearchParams(new FormData(this.#form))}`;
      if (address !== location.href) history.pushState(null, "", address);
      // A keyboard on the screen gives way to what is found.
      if (matchMedia("(pointer: coarse)").matches) document.activeElement.blur();
      this.#entitle();
      run();
    });
    addEventListener("popstate", () => {
      this.#fill();
      this.#entitle();
      run();
    });
  }

  // What the address asks for: `{text, regex, ignoreCase, which}`.
  asked() {
    const asked = new URLSearchParams(location.search);
    const which = Object.fromEntries(WHICH.map((name) => [name, asked.get(name)]).filter(([, value]) => value));
    return { text: asked.get("q") ?? "", regex: asked.get("regex") === "true", ignoreCase: asked.get("case") !== "true", which };
  }

  // Says at the text what is wrong with it. Whoever changes it has read it.
  refuse(message) {
    const field = this.#text;
    this.#note.textContent = message;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    field.addEventListener("input", () => this.excuse(), { once: true });
  }

  excuse() {
    this.#note.textContent = "";
    this.#text.removeAttribute("aria-invalid");
  }

  get #text() {
    return this.#form.elements.q;
  }

  get #note() {
    return document.getElementById(this.#text.getAttribute("aria-describedby"));
  }

  #fill() {
    const { text, regex, ignoreCase, which } = this.asked();
    const { elements } = this.#form;
    this.#text.value = text;
    elements.regex.checked = regex;
    elements.case.checked = !ignoreCase;
    for (const name of WHICH) elements[name].value = which[name] ?? "";
  }

  // As the server does it (`app/src/plain/search.rs`).
  #entitle() {
    const { text } = this.asked();
    document.title = `${text ? t("{query}, search output", { query: text }) : t("Search output")} · Execdeck`;
  }
}
