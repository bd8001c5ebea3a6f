// Finds lines, counts them, and goes from one to the next.
import { t } from "../../../app/js/texts.js";
import { FindBar } from "./find-bar.js";
import { statusOf } from "./find-status.js";
import { Hits } from "./hits.js";
import { Running } from "./running.js";
import { matchesIn, search } from "./search.js";

// The status is told at most so often while hits come in a flood, in milliseconds.
const PAUSE = 100;

export class Find {
  #bar;
  #address;
  #events;
  // What is searched for; undefined while the field says something else.
  #query;
  #hits;
  // The match whose turn it is: its place among the hits, and its line.
  #current = -1;
  #line;
  #running = new Running();
  // The reader waits for the next match that this search finds.
  #waits = false;

  // `events`: `stream()` says which stream is searched, if not all are, `top()` is the line at the top, `total()` the last one, `go(number, before)` goes to a line, `changed(number)` says that a
  // line matches, or without a number that none does any more, `left()` that the reader is back at the lines.
  // `makeBar(events)` returns what it is controlled with.
  constructor(address, events, makeBar = (events) => new FindBar(events)) {
    this.#address = address;
    this.#events = events;
    this.#bar = makeBar({
      enter: (way) => (this.#query ? this.#step(way) : this.#start()),
      escape: () => (this.#running.isOn ? this.#stop() : this.#clear()),
      edited: () => this.#forget(),
      chosen: () => this.again(),
      step: (way) => this.#step(way),
      cancel: () => this.#clear(),
    });
  }

  get element() {
    return this.#bar.element;
  }

  get isSearching() {
    return this.#running.isOn;
  }

  // Searches once more, since what is searched has changed.
  again() {
    if (this.#query) this.#start();
    else this.#tell();
  }

  // Searches for what an address says, from a line on.
  ask({ line, ...query }) {
    this.#bar.write(query);
    return this.#start(line);
  }

  // Where a line matches in what is shown of it: `[{from, to}]`. Undefined if it does not.
  matches(number, shown) {
    const hit = this.#hits?.get(number);
    return hit && matchesIn(hit, shown);
  }

  // The number of the line whose turn it is.
  current() {
    return this.#line;
  }

  dispose() {
    this.#running.cancel();
    clearTimeout(this.#timer);
    this.#bar.dispose();
  }

  // What was found belongs to another text.
  #forget() {
    this.#reset();
    this.#query = undefined;
    this.#tell();
  }

  #reset(from = 1) {
    this.#running.cancel();
    this.#replace(from);
  }

  #replace(from) {
    this.#hits = new Hits(from, (from, signal, hit) => this.#ask(from, signal, hit));
    this.#current = -1;
    this.#line = undefined;
    this.#events.changed();
  }

  // Ends the search that runs, and keeps what it has found.
  #stop() {
    this.#running.stop();
    this.#tell();
  }

  #clear() {
    this.#forget();
    this.#bar.clear();
    this.#events.left();
  }

  // Goes to the first match at or below what is seen, or if there is none to the last one above.
  #start(top = this.#events.top()) {
    this.#reset();
    this.#query = { ...this.#bar.read(), stream: this.#events.stream() };
    if (this.#query.text === "") return this.#clear();
    const found = (line) => this.#current < 0 && line >= top && this.#select(this.#hits.lines.length - 1);
    return this.#run(async (signal) => {
      const peek = new AbortController();
      signal.addEventListener("abort", () => peek.abort());
      if (top > 1) this.#peek(top, peek.signal);
      // From the beginning, so that they can be counted.
      await this.#down(signal, found).finally(() => peek.abort());
      if (this.#current >= 0) return;
      if (this.#hits.end <= top) {
        this.#replace(top);
        await this.#down(signal, found);
      }
      if (this.#current < 0 && this.#hits.lines.length === 0) await this.#hits.up(signal);
      if (this.#current < 0) this.#select(this.#hits.lines.length - 1);
    });
  }

  // Goes to the match next to what is seen, while all of them are still being counted.
  async #peek(top, signal) {
    const hits = this.#hits;
    // What is wrong is said by the search that counts.
    const line = await hits.peek(top, signal).catch(() => undefined);
    if (line === undefined || this.#current >= 0 || this.#hits !== hits || signal.aborted) return;
    this.#line = line;
    this.#events.go(line);
    this.#tell();
  }

  #step(way) {
    const next = this.#current + way;
    if (this.#current >= 0 && next >= 0 && next < this.#hits.lines.length) this.#select(next);
    else if (!this.#query || this.#running.error?.isQuery) return;
    else if (way > 0 && this.#running.isOn) this.#waits = this.#line !== undefined;
    else {
      this.#running.cancel();
      // The reader is at a match that the range has not come to.
      if (this.#current < 0 && this.#line !== undefined) this.#replace(way > 0 ? this.#line + 1 : this.#line);
      this.#run((signal) => (way > 0 ? this.#goDown(signal) : this.#goUp(signal)));
    }
  }

  // After the last match of all comes the first one.
  async #goDown(signal) {
    const next = this.#current + 1;
    if (this.#hits.end <= this.#events.total()) await this.#down(signal, () => {});
    if (this.#hits.lines.length === next && this.#hits.from > 1) {
      this.#replace(1);
      await this.#down(signal, () => {});
    }
    const { length } = this.#hits.lines;
    this.#select(this.#current >= 0 && next < length ? next : Math.min(0, length - 1));
  }

  async #goUp(signal) {
    const found = await this.#hits.up(signal);
    if (found > 0) return this.#select(found - 1);
    if (this.#hits.end <= this.#events.total()) {
      this.#replace(this.#events.total() + 1);
      await this.#hits.up(signal);
    }
    this.#select(this.#hits.lines.length - 1);
  }

  #down(signal, found) {
    return this.#hits.down(signal, this.#events.total(), (line) => {
      this.#events.changed(line);
      found(line);
      if (this.#waits && this.#current >= 0 && this.#current + 1 < this.#hits.lines.length) this.#select(this.#current + 1);
      this.#tellSoon();
    });
  }

  async #run(task) {
    this.#waits = false;
    const running = this.#running.run(task);
    this.#tell();
    if (!(await running)) return;
    const waits = this.#waits;
    this.#tell();
    if (waits && !this.#running.error) this.#step(1);
  }

  async #ask(from, signal, hit) {
    const progress = ({ searched, total }) => {
      if (!this.#running.is(signal)) return;
      this.#running.percent = total ? Math.floor((100 * searched) / total) : 0;
      this.#tellSoon();
    };
    const { limited } = await search(this.#address, { ...this.#query, from }, signal, { hit, progress });
    return limited;
  }

  #select(index) {
    const before = this.#line;
    // The reader has been brought there already, and may have gone on.
    const isKnown = this.#current < 0 && before !== undefined && before === this.#hits.lines[index];
    this.#waits &&= isKnown;
    this.#current = index;
    this.#line = this.#hits.lines[index];
    if (index >= 0 && !isKnown) this.#events.go(this.#line, before);
    this.#tell();
  }

  #timer;
  #tellSoon() {
    this.#timer ??= setTimeout(() => this.#tell(), PAUSE);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const hasHits = this.#hits?.lines.length > 0;
    this.#bar.tell(this.#status(), { hasHits, error: this.#running.error });
  }

  #status() {
    if (!this.#query) return this.#bar.read().text === "" ? "" : t("Press Enter to search");
    return statusOf(this.#running, this.#hits, this.#events.total(), this.#current, this.#line);
  }
}
