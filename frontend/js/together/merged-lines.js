// The lines of several processes as one list by time, in which those of each process keep their order. A part of the list is here, as
// a run without holes, and grows at both ends. Its lines have numbers of the list's own: those before the first one that was here count
// down from there. Somewhere else, it begins anew, with other numbers.
import { cutsBehind } from "./cuts.js";
import { earliestBelow, isAtEnd, isWanting, latestAbove, newestOf } from "./order.js";

// Lines that are kept, and characters of text, of however few lines.
const KEPT = 5000;
const CHARS = 32 << 20;
const FEW = 500;
// Who follows the end and is further behind than this many lines skips to it.
const BEHIND = 2000;
// Lines that are put into the list at once when it begins.
const COUNT = 120;
// Lines beyond the run up to which it grows rather than beginning anew, and that it has then above the place.
const FAR = 600;
const ABOVE = 60;
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
  // The place that was asked for last, as a number that no line has, with what returns where it is in each process.
  #place = { number: 0 };
  // The number that was asked for when the list last began somewhere, and that of the line which is there.
  #landed = {};
  // One after the other: what is asked for depends on what is here. So many are left.
  #turn = Promise.resolve();
  #waiting = 0;
  // The list has begun anew, which was not told yet.
  #isMoved = false;
  #moved;

  // `moved(number)`: the list has begun anew at a line, and nothing else is asked for.
  constructor(feeds, isFollowed, moved) {
    this.#feeds = feeds;
    this.#isFollowed = isFollowed;
    this.#moved = moved;
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
    return first === undefined ? undefined : Math.max(first, Math.min(this.#wanted(number), last));
  }

  async around(number, before, after) {
    if (this.#isFar(number)) await this.#inTurn(() => this.#isFar(number) && this.#beginAround(number));
    if (this.#items.length === 0) return;
    const wanted = Math.max(this.first, Math.min(this.#wanted(number), this.total));
    const [above, below] = [this.#items[0].number - (wanted - before), wanted + after - this.#items.at(-1).number];
    if (above > 0) await this.beyond(this.#items[0].number, -1, above);
    if (below > 0) await this.beyond(this.#items.at(-1).number, 1, below);
  }

  // A number to go to that stands for a place which need not be here. `cuts(feeds)` returns, maybe later, the numbers of the lines with
  // which it begins in these processes.
  placeAt(cuts) {
    this.#place = { number: this.#place.number - 1, cuts };
    return this.#place.number;
  }

  // The number of the line at the place, if the list has begun anew there.
  landing(place) {
    return place === this.#landed.asked ? this.#landed.is : undefined;
  }

  // The number of a line of a process, if it is here.
  numberOf(feed, own) {
    return this.#items.find((item) => item.feed === feed && item.own === own)?.number;
  }

  // The numbers of the first lines of each process from a line on.
  cutsAt(number) {
    const from = this.#items.findIndex((item) => item.number >= number);
    const below = from < 0 ? [] : this.#items.slice(from);
    return this.#feeds.map((feed) => below.find((item) => item.feed === feed)?.own ?? feed.next);
  }

  // When the first line of all and the last one were printed, `[first, last]`, as far as that is known.
  async ends() {
    const ends = (await this.#inTurn(() => Promise.all(this.#feeds.map((feed) => feed.ends())))).filter((times) => times?.[0]);
    return [ends.map(([first]) => first).sort()[0], newestOf(ends.map(([, last]) => last ?? "")) || undefined];
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

  // Whether the list has to begin anew to have a line. A place that somebody has asked for in vain, since another one is asked for, is not
  // looked for any more.
  #isFar(number) {
    if (number === this.#landed.asked) return false;
    if (number < 0) return number === this.#place.number;
    if (this.#items.length === 0) return true;
    return number < this.#items[0].number - FAR || number > this.#items.at(-1).number + FAR;
  }

  // With the lines at a place. What there was before stays until these are here.
  async #beginAround(number) {
    await Promise.all(this.#feeds.map((feed) => feed.ends()));
    const feeds = this.#feeds.filter(({ error }) => !error);
    const cuts = number < 0 ? await this.#place.cuts(feeds) : await cutsBehind(Math.max(0, number - this.first), feeds);
    const answers = await Promise.all(feeds.map((feed, index) => feed.askFrom(cuts[index])));
    this.#clear();
    for (const feed of this.#feeds) feed.beginAt(cuts[feeds.indexOf(feed)], answers[feeds.indexOf(feed)]);
    await this.#grow(1, COUNT);
    const isEmpty = this.#items.length === 0;
    this.#landed = { asked: number, is: this.#items[0]?.number };
    // If that fails it is asked for again once it is to be seen.
    await this.#grow(-1, ABOVE).catch(() => {});
    if (isEmpty) this.#landed.is = this.#items.at(-1)?.number;
  }

  // Lines that were here before are not mistaken for those that come.
  #clear() {
    this.#base = Math.max(this.#base, this.#items.at(-1)?.number ?? 0) + SKIPPED;
    this.#items = [];
    this.#landed = {};
    this.#isMoved = true;
  }

  // The number of the line at one that was asked for.
  #wanted(number) {
    return number === this.#landed.asked ? this.#landed.is : number;
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
    this.#waiting++;
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => {}).finally(() => {
      this.#waiting--;
      setTimeout(() => this.#tellMoved());
    });
    return turn;
  }

  #tellMoved() {
    const number = this.#landed.is ?? this.#items.at(-1)?.number;
    if (!this.#isMoved || this.#waiting > 0 || number === undefined) return;
    this.#isMoved = false;
    this.#moved(number);
  }
}
