// The terminal's search, its settings, and the question before a paste. Their code is loaded when one of them is first used.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { preferences } from "./preferences.js";
import { SEARCH_KEYS } from "./shortcuts.js";

// Of Lucide, as all icons of the page.
const SEARCH = "m21 21-4.34-4.34M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0";
const SETTINGS = "M10 5H3M12 19H3M14 3v4M16 17v4M21 12h-9M21 19h-5M21 5h-7M8 10v4M8 12H3";
const SVG = "http://www.w3.org/2000/svg";

export class Tools {
  #page;
  #buttons;
  #parts = {};

  // `load()` returns the module with the tools. `scrolled()` is called when the search has scrolled; `isLive()` says whether something can be typed.
  constructor(terminal, element, load, scrolled, isLive) {
    this.#page = { terminal, element, preferences, scrolled, isLive };
    this.load = load;
    const bar = element.parentElement.querySelector(".output-bar, .execdeck-bar");
    const style = bar?.matches(".output-bar") ? "ghost small square" : "execdeck-button execdeck-quiet";
    // The page has a place for them from the beginning, where they move nothing.
    this.#buttons = bar?.querySelector(".term-tools:empty") ?? make("div", { className: "term-tools" });
    this.#buttons.hidden = false;
    this.#buttons.append(button(style, t("Search ({key})", { key: SEARCH_KEYS }), SEARCH, () => this.search()), button(style, t("Settings of the terminal"), SETTINGS, () => this.set()));
    if (!this.#buttons.isConnected) bar?.querySelector(".switch, .execdeck-check")?.before(this.#buttons);
  }

  search() {
    this.#use("Search", (search) => search.open());
  }

  set() {
    this.#use("Settings", (settings) => settings.open());
  }

  // Resolves to whether the text should be pasted.
  async ask(text) {
    const question = await this.#part("Question").catch(() => undefined);
    return question ? question.ask(text) : confirm(t("Paste several lines?"));
  }

  dispose() {
    this.#buttons.replaceChildren();
    this.#page.isGone = true;
    for (const part of Object.values(this.#parts)) part.dispose();
  }

  // What can't be loaded now is tried again with the next click.
  #use(name, action) {
    this.#part(name).then((part) => part && action(part), () => {});
  }

  async #part(name) {
    const module = await this.load();
    if (!this.#page.isGone) return (this.#parts[name] ??= new module[name](this.#page));
    return undefined;
  }
}

function button(className, title, drawing, click) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", drawing);
  icon.append(path);
  const made = make("button", { type: "button", className, title, "aria-label": title }, icon);
  made.addEventListener("click", click);
  return made;
}
