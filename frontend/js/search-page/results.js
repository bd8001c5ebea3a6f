// What is found, grouped by process in the order in which it comes.
import { make } from "../dom.js";
import { Group } from "./group.js";

export class Results {
  element = make("div", { className: "search-results" });
  hits = 0;
  #base;
  #query;
  #groups = new Map();
  // That of the process whose matches came last.
  #last;

  // `query`: what was searched for.
  constructor(base, query) {
    this.#base = base;
    this.#query = query;
  }

  get processes() {
    return this.#groups.size;
  }

  add(hit) {
    let group = this.#groups.get(hit.id);
    if (!group) {
      group = new Group(`${this.#base}/admin/exec/${hit.id}`, this.#query, hit);
      this.#groups.set(hit.id, group);
      this.element.append(group.element);
    }
    group.add(hit);
    this.#last = group;
    this.hits += 1;
  }

  // The search has come to its end, or to its limit.
  done({ limited, cut = [] }) {
    for (const id of cut) this.#groups.get(id)?.cut();
    if (limited) this.broken();
  }

  // The search has ended within the process whose matches came last, as far as is known.
  broken() {
    this.#last?.cut();
  }
}
