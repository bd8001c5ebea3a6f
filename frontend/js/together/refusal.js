// Says why the server does not show the lines of a process, below its name.
import { make } from "../dom.js";

export class Refusal {
  #element = make("p", { className: "together-refusal", role: "status", hidden: true });

  constructor(article) {
    article.querySelector(".together-head").after(this.#element);
  }

  // Without an error there is nothing to say. The page says by itself that there is no connection, or no such process.
  show(error) {
    const isSaid = error?.isFinal && error.status !== 404;
    this.#element.textContent = isSaid ? error.message : "";
    this.#element.hidden = !isSaid;
  }
}
