// Where the reader of a log is, for as long as the tab's history knows the page: whoever shows the output as a terminal and back,
// reloads, or comes back to the page, is there again. A link that leads to the page anew does not.

const PREFIX = "execdeck.place ";
// Storage may be switched off: then a place lasts as long as the document.
const places = new Map();

export class Place {
  #key;
  #visit;

  constructor(id) {
    this.#key = PREFIX + id;
    this.visit();
  }

  // Marks the entry of the tab's history that the page belongs to.
  visit() {
    this.#visit = history.state?.log;
    if (this.#visit) return;
    this.#visit = `${Date.now()}.${Math.random()}`;
    history.replaceState({ ...history.state, log: this.#visit }, "");
  }

  // `{number, above}`: the line at the top, and how much of it is above, in pixels. `{follow: true}` at the end. Undefined if the
  // reader has not been here.
  read() {
    let text = places.get(this.#key);
    try {
      text ??= sessionStorage.getItem(this.#key);
    } catch {}
    const { visit, ...place } = JSON.parse(text ?? "{}");
    return visit === this.#visit ? place : undefined;
  }

  keep(place) {
    const text = JSON.stringify({ ...place, visit: this.#visit });
    places.set(this.#key, text);
    try {
      sessionStorage.setItem(this.#key, text);
    } catch {}
  }
}
