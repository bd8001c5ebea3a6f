// The search in what a terminal holds.
import { SearchAddon } from "@xterm/addon-search";
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { onOff, square } from "../controls.js";

// Matches that are marked and counted.
const LIMIT = 5000;
const COLOURS = {
  dark: { matchBackground: "#5b4a10", activeMatchBackground: "#f2b632", activeMatchBorder: "#ffffff" },
  light: { matchBackground: "#ffe9a6", activeMatchBackground: "#e07b00", activeMatchBorder: "#1d222b" },
};

export class Search {
  #page;
  #addon = new SearchAddon({ highlightLimit: LIMIT });
  #field = make("input", { type: "search", placeholder: t("Search"), "aria-label": t("Search in the terminal"), spellcheck: false, autocomplete: "off", enterKeyHint: "search" });
  #case = onOff("Aa", t("Match case"), () => this.#find());
  #regex = onOff(".*", t("Regular expression"), () => this.#find());
  #status = make("span", { className: "term-found", role: "status" });
  #bar;
  // The options of the last search.
  #last;

  constructor(page) {
    this.#page = page;
    page.terminal.loadAddon(this.#addon);
    const older = square("↑", t("Older match (Enter)"), () => this.#find(-1));
    const newer = square("↓", t("Newer match (Shift+Enter)"), () => this.#find(1));
    const close = square("×", t("Close the search (Escape)"), () => this.close());
    this.#bar = make("div", { className: "term-search", role: "search", hidden: true }, this.#field, this.#case, this.#regex, this.#status, older, newer, close);
    this.#field.addEventListener("input", () => this.#find());
    this.#bar.addEventListener("keydown", (event) => this.#key(event));
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => this.#tell(resultIndex, resultCount));
    page.element.append(this.#bar);
  }

  open() {
    const selected = this.#page.terminal.getSelection();
    if (this.#bar.hidden && selected && !selected.includes("\n")) this.#field.value = selected;
    this.#bar.hidden = false;
    this.#field.focus();
    this.#field.select();
    this.#find();
  }

  close() {
    this.#bar.hidden = true;
    this.#addon.clearDecorations();
    this.#page.terminal.focus();
  }

  dispose() {
    this.#bar.remove();
  }

  // The match that is newer (1) or older (-1) than the present one; without a way, the newest one that is not newer.
  #find(way) {
    const text = this.#field.value;
    const regex = this.#regex.ariaPressed === "true";
    const problem = regex && wrongWith(text);
    this.#field.toggleAttribute("aria-invalid", Boolean(problem));
    if (problem || !text) {
      this.#addon.clearDecorations();
      this.#page.terminal.clearSelection();
      return this.#say(problem || "");
    }
    const options = { regex, caseSensitive: this.#case.ariaPressed === "true", decorations: this.#colours() };
    // The addon marks matches anew only for another text.
    if (JSON.stringify(options) !== this.#last) this.#addon.clearDecorations();
    this.#last = JSON.stringify(options);
    options.incremental = !way;
    const isFound = way === 1 ? this.#addon.findNext(text, options) : this.#addon.findPrevious(text, options);
    if (isFound) this.#found();
    return undefined;
  }

  // The bar gives way to a match at the top.
  #found() {
    this.#page.scrolled();
    const { terminal } = this.#page;
    const row = terminal.getSelectionPosition().start.y - terminal.buffer.active.viewportY;
    this.#bar.classList.toggle("term-below", row < 4);
  }

  #colours() {
    const { color } = getComputedStyle(this.#page.element.querySelector(".term-search"));
    return { ...COLOURS[isLight(color) ? "dark" : "light"], matchOverviewRuler: "#0000", activeMatchColorOverviewRuler: "#0000" };
  }

  #tell(index, count) {
    if (this.#bar.hidden || this.#field.value === "") return;
    const total = `${count}${count < LIMIT ? "" : "+"}`;
    if (count === 0) this.#say(t("No matches"));
    else this.#say(index < 0 ? plural(count, "{count} match", "{count} matches", { count: total }) : t("{number} of {total}", { number: index + 1, total }));
  }

  #say(text) {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  #key(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.#field) this.#find(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
  }
}

function wrongWith(text) {
  try {
    new RegExp(text);
    return "";
  } catch {
    return t("Not a regular expression");
  }
}

// Whether a colour of text, as the browser computes it, belongs on a dark ground.
const isLight = (colour) => /\d+/.exec(colour)[0] > 127;
