// What the button "View" opens: how the rows are sorted and grouped, and a name for the present filter.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { address, groupOf, present, sortOf, withChoice } from "./query.js";
import { allRows, isWhole, labelsOf } from "./rows.js";
import { shortName } from "./words.js";
import { searchAddress } from "./search-address.js";
import { WAYS } from "./sort.js";

// So many labels are offered; others can be typed: `group:label:KEY`.
const LABELS = 8;

export class View {
  #container;
  #saved;
  #button;
  #panel;

  constructor(container, saved) {
    this.#container = container;
    this.#saved = saved;
    this.#button = container.querySelector(".view");
    container.addEventListener("keydown", (event) => event.key === "Escape" && this.#panel && this.#close(event));
    const cleanup = new AbortController();
    const pressed = ({ target }) => (container.isConnected ? this.#leave(target) : cleanup.abort());
    document.addEventListener("pointerdown", pressed, { capture: true, signal: cleanup.signal });
    container.addEventListener("focusin", ({ target }) => this.#leave(target));
  }

  toggle() {
    if (this.#panel) return this.#close();
    this.#panel = make("section", { className: "view-panel", "aria-label": t("View") }, this.#sorting(), this.#grouping(), this.#saving(), make("a", { href: searchAddress(present()), rel: "external" }, t("Search in output")));
    this.#button.ariaExpanded = "true";
    this.#button.after(this.#panel);
    this.#panel.querySelector("a").focus();
  }

  #close(event) {
    // The key has done what it was for.
    event?.preventDefault();
    event?.stopImmediatePropagation();
    const hadFocus = this.#panel.contains(document.activeElement);
    this.#panel.remove();
    this.#panel = undefined;
    this.#button.ariaExpanded = "false";
    if (hadFocus) this.#button.focus();
  }

  #leave(target) {
    if (this.#panel && !this.#panel.contains(target) && !this.#button.contains(target)) this.#close();
  }

  #sorting() {
    const text = present();
    const choices = this.#choices(t("Sort by"), "sort", WAYS, sortOf(text));
    if (!isWhole(this.#container)) choices.append(make("p", { className: "hint" }, t("Sorts the processes that are shown.")));
    return choices;
  }

  #grouping() {
    const text = present();
    const now = groupOf(text);
    const keys = new Set(allRows(this.#container).flatMap(labelsOf).map(([key]) => key));
    const labels = [...keys].filter((key) => !/\s/.test(key)).sort().slice(0, LABELS).map((key) => [`label:${key}`, t("Label {label}", { label: shortName(key) })]);
    const ways = [[undefined, t("None")], ["name", t("Name")], ["who", t("Started by")], ...labels];
    if (now && !ways.some(([by]) => by === now)) ways.push([now, t("Label {label}", { label: shortName(now.slice("label:".length)) })]);
    return this.#choices(t("Group by"), "group", ways, now);
  }

  // Links, so that the choice is in the address as the filter is. `key`: what stands before them in the search field. `ways`: pairs of what is chosen and
  // its title.
  #choices(label, key, ways, now) {
    const link = ([by, title]) =>
      make("a", { href: address(withChoice(present(), key, by)), "aria-current": by === now ? "true" : "false", onclick: () => setTimeout(() => this.#panel && this.#close()) }, title);
    return make("div", { role: "group", "aria-label": label }, make("p", {}, label), ...ways.map(link));
  }

  #saving() {
    const text = present();
    if (!text) return make("p", { className: "hint" }, t("Search or choose a state to save a filter."));
    if (this.#saved.isFull()) return make("p", { className: "hint" }, t("No more filters can be saved. Remove one first."));
    const field = make("input", { type: "text", maxLength: 40, required: true, "aria-label": t("Name of the filter"), placeholder: t("Save this filter as…"), autocomplete: "off" });
    const save = (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (!name) return;
      this.#saved.add(name, text);
      this.#close();
    };
    return make("form", { onsubmit: save }, field, make("button", { type: "submit" }, t("Save")));
  }
}
