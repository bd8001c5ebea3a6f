// Finds processes and templates by name, on the server.
import { t } from "../../../app/js/texts.js";
import { call } from "../call.js";
import { stateName } from "../outcome.js";

const PROCESSES = 8;

export class Finder {
  #base = document.documentElement.dataset.base ?? "";
  // Of the document, or in the bar of pages without the app.
  #rights = document.querySelector("[data-rights]")?.dataset.rights.split(" ") ?? [];
  #templates;
  #abort;

  // Commands that lead to what fits. Fails if it is abandoned for another text, or the server cannot be reached.
  async find(text) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const [page, templates] = await Promise.all([this.#call("list_processes", { filter: { name: text, limit: PROCESSES } }, signal), this.#allTemplates()]);
    const processes = page.processes.map(({ id, name, state, started_by: by }) => this.#named(name, t("{state}, {person}", { state: stateName(state), person: by }), `/admin/exec/${id}`));
    const words = text.toLowerCase().split(/\s+/);
    const fitting = templates.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    return [...processes, ...fitting.slice(0, PROCESSES).map(({ id, name }) => this.#named(name, t("template"), `/admin/exec/templates/${id}/start`, true))];
  }

  // The way to lines of output that have the text, for those who may read output.
  searchOutput(text) {
    return this.#rights.includes("read_output") ? [this.#link(t("Search all output for “{text}”", { text }), t("output"), `/admin/exec/search?q=${encodeURIComponent(text)}`, true)] : [];
  }

  async #allTemplates() {
    if (!this.#rights.includes("start")) return [];
    // Once, for as long as the dialog is open.
    this.#templates ??= this.#call("list_templates", {}).catch(() => []);
    return this.#templates;
  }

  // Something with a name that somebody gave it.
  #named(...link) {
    return { ...this.#link(...link), isName: true };
  }

  #link(label, hint, path, isDocument = false) {
    const run = () => {
      const anchor = Object.assign(document.createElement("a"), { href: this.#base + path, hidden: true });
      if (isDocument) anchor.rel = "external";
      // In the document: the page's router takes it over.
      document.body.append(anchor);
      anchor.click();
      anchor.remove();
    };
    return { label, hint, run };
  }

  // What is under way is not waited for any more.
  abandon() {
    this.#abort?.abort();
  }

  async #call(name, body, signal) {
    const response = await call(name, body, { signal });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return response.json();
  }
}
