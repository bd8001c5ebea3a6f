// One search in several outputs side by side: each has its own matches and its own place among them. The controls go on in the one that
// somebody has used last.
import { FindBar } from "../log/find-bar.js";
import { Find } from "../log/find.js";

export class SideFind {
  // `{tag, article, find, handlers, told}`: `handlers` are what the controls call, `told` is what the search has last said about itself.
  #parts = [];
  #active;
  // What is in the field is searched for.
  #isOn = false;
  #bar = new FindBar({
    enter: (way) => this.#enter(way),
    escape: () => this.#escape(),
    edited: () => this.#forget(),
    chosen: () => this.#each((handlers) => handlers.chosen()),
    step: (way) => this.#active.handlers.step(way),
    cancel: () => this.#clear(),
  });

  get element() {
    return this.#bar.element;
  }

  // Returns the search in an output; its `events` are those of `Find`. `article`: where somebody uses it.
  add(tag, address, article, events) {
    const part = { tag, article, told: ["", {}] };
    this.#parts.push(part);
    this.#active ??= part;
    const go = (number, before) => {
      events.go(number, before);
      if (part === this.#active) this.#uncover();
    };
    part.find = new Find(address, { ...events, go, left: () => part === this.#active && events.left() }, (handlers) => this.#barOf(part, handlers));
    for (const name of ["focusin", "pointerdown"]) article.addEventListener(name, () => this.#activate(part));
    return part.find;
  }

  #barOf(part, handlers) {
    part.handlers = handlers;
    const tell = (text, options) => {
      part.told = [text, options];
      this.#tell();
    };
    return { element: this.#bar.element, read: () => this.#bar.read(), tell, clear: () => tell("", {}) };
  }

  #activate(part) {
    this.#active = part;
    this.#tell();
  }

  #enter(way) {
    if (this.#isOn) return this.#active.handlers.enter(way);
    this.#isOn = this.#bar.read().text !== "";
    return this.#each((handlers) => handlers.enter(way));
  }

  #escape() {
    const running = this.#parts.filter(({ find }) => find.isSearching);
    if (running.length === 0) this.#clear();
    for (const { handlers } of running) handlers.escape();
  }

  #clear() {
    this.#isOn = false;
    this.#bar.clear();
    this.#each((handlers) => handlers.cancel());
  }

  #forget() {
    this.#isOn = false;
    this.#each((handlers) => handlers.edited());
  }

  #each(task) {
    for (const { handlers } of this.#parts) task(handlers);
  }

  // On a small screen some of the outputs are further down.
  #uncover() {
    this.#active.article.scrollIntoView({ block: "nearest" });
  }

  #tell() {
    const hasHits = ({ told: [, options] }) => options.hasHits;
    // Where nothing is found there is nowhere to go.
    const other = this.#isOn && !hasHits(this.#active) && !this.#active.find.isSearching ? this.#parts.find(hasHits) : undefined;
    if (other) {
      this.#active = other;
      this.#uncover();
    }
    const [text, options] = this.#active.told;
    this.#bar.tell(this.#isOn && text && !options.error?.isQuery ? `${this.#active.tag}: ${text}` : text, options);
  }
}
