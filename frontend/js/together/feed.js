// The lines of one process on their way into the merged list: those that are in it are a run without holes, and before and behind it
// some more are waiting. Each has a time by which it is put in order (`at`), which never decreases from one line to the next.
import { Asking } from "../log/asking.js";
import { Carry } from "../log/carry.js";
import { notAfter, notBefore } from "./order.js";
import { Times } from "./times.js";

// Lines that are asked for at once, and of those that are new.
const PAGE = 200;
const NEW = 1000;

export class Feed {
  tag;
  hue;
  page;
  // Where it is searched.
  search;
  // The number of the last line there is, and of the oldest one that is known to be there.
  total = 0;
  first = 1;
  // Lines before and behind those that are in the list, in their order.
  above = [];
  below = [];
  // Lines that have become longer since they were put into the list.
  changed = [];
  // Missing bytes after the last line.
  gapsAtEnd = [];
  // What the server has refused for good.
  error;
  version = 0;
  // The colours with which lines begin.
  carry = new Carry(this);
  #asking;
  #times;
  #isActive;
  // Whether `total`, and the last line that is here, were asked for after the process had ended.
  #isCounted = false;
  #isWhole = false;
  // All that is here, by number: from the line `#top` up to the one before `#bottom`.
  #lines = new Map();
  #gaps = new Map();
  #top = 1;
  #bottom = 1;

  // `isActive()`: whether the process may print more.
  constructor({ tag, hue, page, address, search }, isActive) {
    Object.assign(this, { tag, hue, page, search });
    this.#isActive = isActive;
    this.#asking = new Asking(address);
    this.#times = new Times(this.#asking);
  }

  get(number) {
    return this.#lines.get(number);
  }

  // The number of the line before (-1) or behind (1) one, if it is here.
  step(number, way) {
    return this.#lines.has(number + way) ? number + way : undefined;
  }

  get hasMoreAbove() {
    return !this.error && this.#top > this.first;
  }

  get hasMoreBelow() {
    return !this.error && this.#bottom <= this.total;
  }

  // How many lines there are before and behind those in the list, whether they are here or not.
  get countAbove() {
    return this.above.length + (this.hasMoreAbove ? this.#top - this.first : 0);
  }

  get countBelow() {
    return this.below.length + (this.hasMoreBelow ? this.total + 1 - this.#bottom : 0);
  }

  // The number of the line right behind those in the list.
  get next() {
    return this.below[0]?.number ?? this.#bottom;
  }

  // The time of the newest line that is here.
  get newest() {
    return this.#lines.get(this.#bottom - 1)?.at;
  }

  // Begins at the end, with nothing in the list.
  async begin() {
    Object.assign(this, { above: [], below: [], changed: [] });
    this.#lines.clear();
    await this.#try(async () => {
      const answer = await this.#ask({ from: -PAGE, count: PAGE });
      this.total = answer.total;
      this.#top = this.#bottom = answer.lines[0]?.number ?? answer.total + 1;
      this.#append(answer);
      await this.loadToEnd();
    });
  }

  // Asks for lines from a number on, with which `beginAt` begins.
  askFrom(number) {
    return this.#try(() => this.#ask({ from: number, count: NEW }));
  }

  // Begins at a line, or where it was if it has been removed, with nothing in the list.
  beginAt(number, answer) {
    Object.assign(this, { above: [], below: [], changed: [] });
    this.#lines.clear();
    const start = answer?.lines[0]?.number ?? this.total + 1;
    if (start > number) this.first = start;
    this.#top = this.#bottom = start;
    if (answer) this.#append(answer);
  }

  // Learns which lines there are. Returns when the first and the last one were printed, `[first, last]`, if that is known.
  ends() {
    return this.#try(async () => {
      const [first, last] = await Promise.all([1, -1].map((from) => this.#asking.fetch({ from, count: 1 })));
      this.total = Math.max(this.total, last.total);
      this.first = first.lines[0]?.number ?? this.total + 1;
      return [first, last].map(({ lines }) => lines[0]?.time ?? undefined);
    });
  }

  // When a line was printed, whether it is here or not; `learnTimes` asks for those of several at once.
  timeOf(number) {
    return this.#times.of(number);
  }

  learnTimes(from, count) {
    return this.#times.learn(from, count);
  }

  // Asks for more behind what is here. The last line that is here may have become longer.
  loadBelow() {
    return this.#try(async () => {
      const isOver = this.#isWhole && this.#bottom > this.total && !this.#isActive();
      if (!isOver) this.#append(await this.#ask({ from: Math.max(1, this.#bottom - 1), count: NEW }));
    });
  }

  // The same up to the end that is known. What comes meanwhile is for the next time: some programs print faster than it could be loaded.
  loadToEnd() {
    return this.#try(async () => {
      for (const end = this.total; this.#bottom <= end; ) {
        const bottom = this.#bottom;
        this.#append(await this.#ask({ from: bottom, count: NEW }));
        if (this.#bottom === bottom) return;
      }
    });
  }

  // Learns only how many lines there are, and when the last one was printed.
  async look() {
    return this.#try(async () => {
      if (this.#isCounted && !this.#isActive()) return undefined;
      const { lines, total, isFinal } = await this.#ask({ from: -1, count: 1 });
      this.total = Math.max(this.total, total);
      this.#isCounted = isFinal;
      return lines[0]?.time ?? undefined;
    });
  }

  loadAbove() {
    return this.#try(async () => {
      const lines = [];
      for (let from = Math.max(this.first, this.#top - PAGE); from < this.#top; ) {
        const answer = await this.#asking.fetch({ from, count: this.#top - from });
        this.#keepGaps(answer);
        const found = answer.lines.filter(({ number }) => number >= from && number < this.#top);
        // What is older has been removed meanwhile.
        if (lines.length === 0 && answer.lines[0]?.number !== from) this.first = found[0]?.number ?? this.#top;
        if (found.length === 0) break;
        lines.push(...found);
        from = found.at(-1).number + 1;
      }
      let at = this.#lines.get(this.#top)?.at;
      for (const line of [...lines].reverse()) {
        line.at = at = notAfter(line.time, at);
        this.#keep(line);
      }
      this.above.unshift(...lines);
      this.#top = lines[0]?.number ?? this.#top;
    });
  }

  // The list lets go of a line at its beginning or its end: what is beyond it is asked for again when it is wanted.
  drop(line, way) {
    const beyond = way < 0 ? this.above : this.below;
    for (const { number } of [...beyond, line]) this.#lines.delete(number);
    beyond.length = 0;
    if (way < 0) this.#top = line.number + 1;
    else this.#bottom = line.number;
  }

  // Missing bytes right before a line.
  gapsBefore(line) {
    const gaps = [];
    const before = this.#lines.get(line.number - 1);
    for (let gap = this.#gaps.get(line.offset); gap; gap = this.#gaps.get(gap.from)) {
      // The bytes were there when the line before was loaded, and have been removed since then.
      if (before && before.offset >= gap.from) break;
      gaps.unshift(gap);
    }
    return gaps;
  }

  // `isFinal`: nothing can have been printed since the answer.
  async #ask(query) {
    const isFinal = !this.#isActive();
    return { ...(await this.#asking.fetch(query)), isFinal };
  }

  #append(answer) {
    this.#keepGaps(answer);
    this.total = Math.max(this.total, answer.total);
    const end = answer.lines.at(-1)?.offset ?? -1;
    if ((answer.lines.at(-1)?.number ?? 0) === answer.total) {
      this.gapsAtEnd = answer.gaps.filter(({ to }) => to > end);
      this.#isWhole = answer.isFinal;
    }
    for (const line of answer.lines) {
      const here = this.#lines.get(line.number);
      if (here && (here.text !== line.text || here.cut !== line.cut)) this.#replace(here, line);
      if (here || line.number < this.#bottom) continue;
      line.at = notBefore(line.time, this.newest);
      this.below.push(line);
      this.#bottom = line.number + 1;
      this.#keep(line);
    }
  }

  #replace(here, line) {
    line.at = here.at;
    this.#keep(line);
    for (const waiting of [this.above, this.below]) {
      const index = waiting.indexOf(here);
      if (index >= 0) return (waiting[index] = line);
    }
    return this.changed.push(line);
  }

  #keep(line) {
    this.#lines.set(line.number, line);
    this.version++;
  }

  #keepGaps({ gaps }) {
    for (const gap of gaps) this.#gaps.set(gap.to, gap);
  }

  async #try(task) {
    if (this.error) return undefined;
    try {
      return await task();
    } catch (error) {
      if (!error.isFinal) throw error;
      this.error = error;
      return undefined;
    }
  }
}
