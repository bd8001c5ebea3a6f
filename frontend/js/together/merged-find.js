// Finds lines of all processes, counts them, and goes from one to the next in the order of time.
import { t } from "../../../app/js/texts.js";
import { FindBar } from "../log/find-bar.js";
import { statusOf } from "../log/find-status.js";
import { Running } from "../log/running.js";
import { matchesIn, search } from "../log/search.js";
import { HitsByTime } from "./hits-by-time.js";

// The status is told, and rows are marked, at most so often, in milliseconds.
const PAUSE = 100;

export class MergedFind {
  #bar;
  #feeds;
  #events;
  // What is searched for; undefined while the field says something else.
  #query;
  #hits;
  // The match whose turn it is: `{feed, own, at}`.
  #current;
  #running = new Running();
  // The way in which the reader wants to go on when the search has come that far.
  #waits = 0;
  // How far each process is searched: feed → `{searched, total}`.
  #progress = new Map();
  // Matches whose rows are not marked yet.
  #found = [];
  #timer;

  // `events`: `top()` is what is seen at the top, `{cuts, at}`: the first line of each process from there on, and its time; `go(hit, before)`
  // goes to a match, `changed(which)` says that rows have changed for which `which(line)`, `left()` that the reader is back at the lines.
  constructor(feeds, events) {
    this.#feeds = feeds;
    this.#events = events;
    this.#bar = new FindBar({
      enter: (way) => (this.#query ? this.#step(way) : this.#start()),
      escape: () => (this.#running.isOn ? this.#stop() : this.#clear()),
      edited: () => this.#forget(),
      chosen: () => (this.#query ? this.#start() : this.#tell()),
      step: (way) => this.#step(way),
      cancel: () => this.#clear(),
    });
  }

  get element() {
    return this.#bar.element;
  }

  // Where a line of the merged list matches in what is shown of it: `[{from, to}]`. Undefined if it does not.
  matches({ feed, own }, shown) {
    const hit = this.#hits?.get(feed, own);
    return hit && matchesIn(hit, shown);
  }

  isCurrent({ feed, own }) {
    return this.#current?.feed === feed && this.#current.own === own;
  }

  #forget() {
    this.#running.cancel();
    this.#replace();
    this.#query = undefined;
    this.#tell();
  }

  #replace(cuts = this.#feeds.map(() => 1), at = "") {
    this.#hits = new HitsByTime(this.#feeds, cuts, at, (feed, from, signal, hit) => this.#ask(feed, from, signal, hit));
    this.#current = undefined;
    this.#found = [];
    this.#events.changed(() => true);
  }

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
  #start() {
    this.#running.cancel();
    this.#query = this.#bar.read();
    if (this.#query.text === "") return this.#clear();
    const { cuts, at } = this.#events.top();
    const isBelow = ({ feed, own }) => own >= cuts[this.#feeds.indexOf(feed)];
    this.#replace();
    return this.#run(async (signal) => {
      const peek = new AbortController();
      signal.addEventListener("abort", () => peek.abort());
      this.#peek(cuts, peek.signal);
      // From the beginning, so that they can be counted.
      await this.#down(signal).finally(() => peek.abort());
      const place = this.#current;
      if (this.#hits.isLimited && !this.#hits.order.some(isBelow)) {
        this.#replace(cuts, at);
        await this.#down(signal);
        this.#current = place;
      }
      if (this.#hits.indexOf(place) >= 0) return;
      if (this.#hits.count === 0) await this.#hits.up(signal);
      this.#select(place ?? this.#hits.order.find(isBelow) ?? this.#hits.order.at(-1));
    });
  }

  // Goes to the match next to what is seen, while all of them are still being counted.
  async #peek(cuts, signal) {
    const hits = this.#hits;
    // What is wrong is said by the search that counts.
    const hit = await hits.peek(cuts, signal).catch(() => undefined);
    if (hit && !this.#current && this.#hits === hits && !signal.aborted) this.#select(hit);
  }

  #step(way) {
    const next = this.#next(way);
    if (next) this.#select(next);
    else if (!this.#query || this.#running.error?.isQuery) return;
    else if (this.#running.isOn) this.#waits = way;
    // It was stopped before it came to where the reader is.
    else if (this.#hits.indexOf(this.#current) < 0) this.#start();
    else this.#run((signal) => (way > 0 ? this.#goDown(signal) : this.#goUp(signal)));
  }

  #next(way) {
    const index = this.#hits?.indexOf(this.#current) ?? -1;
    return index < 0 ? undefined : this.#hits.order[index + way];
  }

  // After the last match of all comes the first one.
  async #goDown(signal) {
    while (!this.#next(1) && (await this.#down(signal)));
    const next = this.#next(1);
    if (next) return this.#select(next);
    if (!this.#hits.isFromStart) {
      const before = this.#current;
      this.#replace();
      this.#current = before;
      await this.#down(signal);
    }
    return this.#select(this.#hits.order[0]);
  }

  async #goUp(signal) {
    while (!this.#next(-1) && (await this.#hits.up(signal)));
    const next = this.#next(-1);
    if (next) return this.#select(next);
    if (!this.#hits.isLimited) await this.#down(signal);
    else {
      const before = this.#current;
      this.#replace(this.#feeds.map(({ total }) => total + 1), "~");
      this.#current = before;
      while (this.#hits.order.length === 0 && (await this.#hits.up(signal)));
    }
    return this.#select(this.#hits.order.at(-1));
  }

  #down(signal) {
    return this.#hits.down(signal, (feed, own) => {
      this.#found.push({ feed, own });
      this.#tellSoon();
    });
  }

  async #run(task) {
    this.#waits = 0;
    this.#progress.clear();
    const running = this.#running.run(task);
    this.#tell();
    if (!(await running)) return;
    const waits = this.#waits;
    // Those above what was known before, too.
    this.#events.changed(({ feed, own }) => this.#hits.get(feed, own) !== undefined);
    this.#tell();
    if (waits && !this.#running.error) this.#step(waits);
  }

  async #ask(feed, from, signal, hit) {
    const progress = (so) => {
      if (!this.#running.is(signal)) return;
      this.#progress.set(feed, so);
      const [searched, total] = ["searched", "total"].map((name) => [...this.#progress.values()].reduce((sum, one) => sum + (one[name] ?? 0), 0));
      this.#running.percent = total ? Math.floor((100 * searched) / total) : 0;
      this.#tellSoon();
    };
    const { limited } = await search(feed.search, { ...this.#query, from }, signal, { hit, progress });
    return limited;
  }

  #select(hit) {
    const before = this.#current;
    this.#current = hit;
    if (hit && !(before?.feed === hit.feed && before.own === hit.own)) this.#events.go(hit, before);
    this.#tell();
  }

  #tellSoon() {
    this.#timer ??= setTimeout(() => this.#tell(), PAUSE);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#found.length > 0) {
      const found = new Map(this.#feeds.map((feed) => [feed, new Set()]));
      for (const { feed, own } of this.#found.splice(0)) found.get(feed).add(own);
      this.#events.changed(({ feed, own }) => found.get(feed).has(own));
    }
    this.#bar.tell(this.#status(), { hasHits: this.#hits?.count > 0, error: this.#running.error });
  }

  #status() {
    if (!this.#query) return this.#bar.read().text === "" ? "" : t("Press Enter to search");
    const { count, isFromStart, isToEnd } = this.#hits;
    const range = { lines: { length: count }, from: isFromStart ? 1 : 2, end: isToEnd ? 1 : 0 };
    const index = this.#running.isOn ? -1 : this.#hits.indexOf(this.#current);
    return statusOf(this.#running, range, 0, index, this.#current?.own);
  }
}
