// The lines of several processes as one list by time, in which those of each process keep their order. A part of the list is here, as
// a run without holes, and grows at both ends. Its lines have numbers of the list's own: those before the first one that was here count
// down from there.
import { earliestBelow, isAtEnd, isWanting, latestAbove, newestOf } from "./order.js";

// Lines that are kept, and characters of text, of however few lines.
const KEPT = 5000;
const CHARS = 32 << 20;
const FEW = 500;
// Who follows the end and is further behind than this many lines skips to it.
const BEHIND = 2000;
// Lines that are put into the list at once when it begins.
const COUNT = 120;
// Numbers between the lines before and those after what was skipped, at least: they do not look as if they were close to each other.
const SKIPPED = 100_000;

export class MergedLines {
  version = 0;
  #feeds;
  #isFollowed;
  // `{number, feed, own, …}`: a line with its number in the list, and the one among the lines of its process.
  #items = [];
  // Where the numbers begin.
  #base = 0;
  // Up to this time nothing more can come: each process was asked again after a line of this time was seen.
  #horizon = "";
  #newest = "";
  // One after the other: what is asked for depends on what is here.
  #turn = Promise.resolve();

  constructor(feeds, isFollowed) {
    this.#feeds = feeds;
    this.#isFollowed = isFollowed;
  }

  get total() {
    return (this.#items.at(-1)?.number ?? 0) + this.#sum("countBelow");
  }

  get first() {
    return (this.#items[0]?.number ?? 1) - this.#sum("countAbove");
  }

  get last() {
    return isAtEnd(this.#feeds, this.#horizon) ? this.#items.at(-1)?.number : undefined;
  }

  get(number) {
    return this.#items[number - this.#items[0]?.number];
  }

  step(number, way) {
    return this.get(number + way)?.number;
  }

  isFirst(number) {
    return number <= this.#items[0]?.number && this.#feeds.every(({ countAbove }) => countAbove === 0);
  }

  isLast(number) {
    return number !== undefined && number === this.last;
  }

  distance(number, other) {
    return Math.abs(number - other);
  }

  // That at the number, or if it is not here the one closest to it.
  near(number) {
    const [first, last] = [this.#items[0]?.number, this.#items.at(-1)?.number];
    return first === undefined ? undefined : Math.max(first, Math.min(number, last));
  }

  // Of what is far away only the start is looked for: the list is known only from where it was followed, or from there.
  async around(number, before, after) {
    if (number <= this.first && this.#sum("countAbove") > before) await this.#inTurn(() => this.#beginAtStart());
    const near = this.near(number);
    if (near === undefined) return;
    if (this.#items[0].number > near - before) await this.beyond(this.#items[0].number, -1, before);
    if (this.#items.at(-1).number < near + after) await this.beyond(this.#items.at(-1).number, 1, after);
  }

  async beyond(number, way, count) {
    if (this.step(number, way) === undefined) await this.#inTurn(() => this.#grow(way, count));
    return this.step(number, way) !== undefined;
  }

  toEnd() {
    return this.#inTurn(() => this.#catchUp());
  }

  gapsBefore({ feed, own }) {
    return feed.gapsBefore(feed.get(own) ?? { number: own });
  }

  gapsAtEnd() {
    return this.#feeds.flatMap((feed) => feed.gapsAtEnd.map((gap) => ({ ...gap, tag: feed.tag })));
  }

  // Asks for what is new. Returns whether there was something, or there are lines that wait for their turn.
  refresh() {
    return this.#inTurn(async () => {
      const before = this.total;
      const isFollowed = this.#isFollowed();
      if (isFollowed) await this.#catchUp();
      else this.#settle(await Promise.all(this.#feeds.map((feed) => feed.look())));
      return this.total !== before || (isFollowed && this.#feeds.some(({ below }) => below.length > 0));
    });
  }

  async #catchUp() {
    if (this.#items.length > 0) {
      await Promise.all(this.#feeds.map((feed) => feed.loadBelow()));
      if (this.#sum("countBelow") <= BEHIND) {
        await Promise.all(this.#feeds.map((feed) => feed.loadToEnd()));
        this.#settle(this.#feeds.map(({ newest }) => newest));
        return this.#grow(1, Infinity);
      }
    }
    return this.#begin();
  }

  // With the newest lines. All processes are asked twice: what the first one prints while the last one answers is then here.
  async #begin() {
    this.#clear();
    await Promise.all(this.#feeds.map((feed) => feed.begin()));
    const horizon = newestOf(this.#feeds.map(({ newest }) => newest));
    await Promise.all(this.#feeds.map((feed) => feed.loadBelow()));
    await Promise.all(this.#feeds.map((feed) => feed.loadToEnd()));
    for (const feed of this.#feeds) {
      feed.above = feed.below.filter(({ at }) => at <= horizon);
      feed.below = feed.below.filter(({ at }) => at > horizon);
    }
    this.#horizon = horizon;
    this.#newest = newestOf(this.#feeds.map(({ newest }) => newest));
    await this.#grow(-1, COUNT);
  }

  // With the oldest lines. What there was before stays until these are here.
  async #beginAtStart() {
    const starts = await Promise.all(this.#feeds.map((feed) => feed.askForStart()));
    this.#clear();
    this.#feeds.forEach((feed, index) => feed.beginAtStart(starts[index]));
    await this.#grow(1, COUNT);
  }

  // Lines that were here before are not mistaken for those that come.
  #clear() {
    this.#base = Math.max(this.#base, this.#items.at(-1)?.number ?? 0) + SKIPPED;
    this.#items = [];
  }

  // What was the newest before this round is now certain to have nothing before it that is still to come.
  #settle(times) {
    this.#horizon = this.#newest;
    this.#newest = newestOf([this.#newest, ...times]);
  }

  async #grow(way, count) {
    for (let added = 0; added < count; added++) {
      const feeds = this.#feeds.filter((feed) => isWanting(feed, way));
      if (feeds.length > 0) await Promise.all(feeds.map((feed) => (way < 0 ? feed.loadAbove() : feed.loadBelow())));
      this.#renew();
      const next = way < 0 ? latestAbove(this.#feeds) : earliestBelow(this.#feeds, this.#horizon);
      if (!next) break;
      this.#add(next, way);
    }
    this.#prune(-way);
    this.version++;
  }

  #add(feed, way) {
    const line = way < 0 ? feed.above.pop() : feed.below.shift();
    const edge = this.#items.at(way < 0 ? 0 : -1)?.number;
    const number = edge === undefined ? this.#base + this.#sum("countAbove") : edge + way;
    const item = { ...line, number, own: line.number, feed };
    if (way < 0) this.#items.unshift(item);
    else this.#items.push(item);
  }

  // Lines that are in the list may have become longer.
  #renew() {
    for (const feed of this.#feeds) {
      for (const { number, text, cut } of feed.changed.splice(0)) {
        const index = this.#items.findLastIndex((item) => item.feed === feed && item.own === number);
        if (index >= 0) this.#items[index] = { ...this.#items[index], text, cut };
      }
    }
  }

  // Forgets what is furthest from where the list has grown.
  #prune(way) {
    let chars = this.#items.reduce((sum, { text }) => sum + text.length, 0);
    while (this.#items.length > KEPT || (chars > CHARS && this.#items.length > FEW)) {
      const { feed, own, text } = way < 0 ? this.#items.shift() : this.#items.pop();
      feed.drop(feed.get(own), way);
      chars -= text.length;
    }
  }

  #sum(name) {
    return this.#feeds.reduce((sum, feed) => sum + feed[name], 0);
  }

  #inTurn(task) {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
