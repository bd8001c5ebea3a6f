// The titles of the columns sort the list, for whoever uses a mouse: the button "View" offers the same to everybody.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { address, present, sortOf, withChoice } from "./query.js";

export class Columns {
  #container;

  constructor(container) {
    this.#container = container;
  }

  update() {
    const text = present();
    for (const title of this.#container.querySelectorAll(".rows-head [data-sort]")) {
      const { sort } = title.dataset;
      const isSorted = sortOf(text) === sort;
      let link = title.querySelector("a");
      if (!link) {
        // The titles are hidden from screen readers, and so is what is in them.
        link = make("a", { tabIndex: -1 }, ...title.childNodes);
        title.append(link);
      }
      link.href = address(withChoice(text, "sort", isSorted ? undefined : sort));
      link.title = isSorted ? t("Back to the usual order") : t("Sort by this");
      link.toggleAttribute("data-sorted", isSorted);
    }
  }
}
