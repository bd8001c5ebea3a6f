// What is found, grouped by process in the order in which it comes.
import { make } from "../dom.js";
import { Group } from "./group.js";

export class Results {
  element = make("div", { className: "search-results" });
  hits = 0;
  #base;
  #groups = new Map();

  constructor(base) {
    this.#base = base;
  }

  get processes() {
    return this.#groups.size;
  }

  add(hit) {
    let group = this.#groups.get(hit.id);
    if (!group) {
      group = new Group(`${this.#base}/admin/exec/${hit.id}`, hit);
      this.#groups.set(hit.id, group);
      this.element.append(group.element);
    }
    group.add(hit);
    this.hits += 1;
  }
}
