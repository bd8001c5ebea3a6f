// The lines of one stream around where the reader is, found by the server among all. The range of lines that were looked through grows
// at both ends as the reader goes on. Lines keep the numbers that they have among all.
import { countWhile } from "../bisect.js";
import { Gaps } from "./gaps.js";

// As many as are asked for at once, and as are kept.
const COUNT = 1000;
const KEPT = 20_000;
const CHARS = 32 << 20;
// Lines that are looked through above the range at first, each time without one of the stream so many times more, and at most.
const FIRST = 256;
const WIDER = 4;
const WIDEST = 1 << 20;
// Who follows the end and is further behind than this many lines skips to it.
const BEHIND = 5000;

export class StreamLines {
  version = 0;
  #all;
  #asking;
  #stream;
  // In their order.
  #lines = [];
  // The first line that was looked at, and the one behind the last.
  #from = 1;
  #end = 1;
  // End → gap, of those that were met.
  #gaps = new Gaps();
  // Changes when the reader goes somewhere else.
  #turn = 0;

  constructor(all, asking, stream) {
    this.#all = all;
    this.#asking = asking;
    this.#stream = stream;
  }

  // Of all lines.
  get total() {
    return this.#all.total;
  }

  get first() {
    return this.#all.first;
  }

  // The number of the last line of the stream, if it is here.
  get last() {
    return this.#isEndHere() ? this.#lines.at(-1)?.number : undefined;
  }

  get(number) {
    const line = this.#lines[this.#index(number)];
    return line?.number === number ? line : undefined;
  }

  step(number, way) {
    const index = this.#index(number);
    const isHere = this.#lines[index]?.number === number;
    return this.#lines[way > 0 && !isHere ? index : index + way]?.number;
  }

  isFirst(number) {
    return this.#from <= this.first && number <= (this.#lines[0]?.number ?? Infinity);
  }

  isLast(number) {
    return number !== undefined && number === this.last;
  }

  distance(number, other) {
    return Math.abs(this.#index(number) - this.#index(other));
  }

  // That at the number or the next one below it, or if there is none the last one above.
  near(number) {
    return (this.#lines[this.#index(number)] ?? this.#lines.at(-1))?.number;
  }

  async around(number, before, after) {
    if (number < this.#from || number > this.#end) this.#begin(number);
    // What is found first is shown first: the rest may be far away.
    if (after > 0 && this.#lines.length === this.#index(number)) await this.#down(1, this.#turn);
    if (before > 0 && this.#index(number) === 0) await this.#up(1, this.#turn);
  }

  async beyond(number, way, count) {
    if (this.step(number, way) === undefined) await (way > 0 ? this.#down(count, this.#turn) : this.#up(count, this.#turn));
    return this.step(number, way) !== undefined;
  }

  // Loads the last one and what is near.
  async toEnd() {
    if (this.total - this.#end > BEHIND || this.#end === 1) this.#begin(this.total + 1);
    await this.#down(Infinity, this.#turn);
    if (this.#lines.length === 0) await this.#up(1, this.#turn);
  }

  // Missing bytes between the line and the one of the stream before it.
  gapsBefore(line) {
    const before = this.#lines[this.#index(line.number) - 1];
    if (!before && !this.isFirst(line.number)) return [];
    const isBetween = ({ from, to }) => to <= line.offset && from > (before?.offset ?? -1);
    return [...this.#gaps.values()].filter(isBetween).sort((a, b) => a.from - b.from);
  }

  kept() {
    return this.#lines.values();
  }

  // What is under way is not waited for any more.
  leave() {
    this.#turn++;
  }

  #isEndHere() {
    return this.#end >= this.total;
  }

  #begin(number) {
    this.#turn++;
    this.#lines = [];
    this.#from = this.#end = Math.max(this.first, Math.min(number, this.total + 1));
  }

  async #down(count, turn) {
    for (let found = 0; found < count && (found === 0 || !this.#isEndHere()); ) {
      const end = this.#end;
      const answer = await this.#ask({ from: end, count: COUNT });
      if (turn !== this.#turn) return;
      // Others may have asked for the same meanwhile, or have let go of what was there.
      if (this.#end < end) continue;
      const known = this.#lines.at(-1)?.number ?? 0;
      for (const line of answer.lines) {
        if (line.number > known) this.#lines.push(line);
        else if (line.text !== this.get(line.number)?.text) this.#lines[this.#index(line.number)] = line;
      }
      found += answer.lines.length;
      // The last line of all may still become longer.
      this.#end = Math.max(this.#end, answer.next ?? answer.total);
      this.#prune(1);
      if (answer.next === undefined) return;
    }
  }

  async #up(count, turn) {
    for (let size = FIRST, found = 0; found < count && this.#from > this.first; ) {
      const from = this.#from;
      const begin = Math.max(this.first, from - size);
      const lines = await this.#between(begin, from);
      if (turn !== this.#turn) return;
      // Whoever was quicker has asked for as much.
      if (this.#from < from) return;
      if (this.#from > from) continue;
      if (!lines) size = Math.max(1, Math.floor(size / WIDER));
      else {
        this.#lines.unshift(...lines);
        this.#from = begin;
        found += lines.length;
        if (lines.length < COUNT / WIDER) size = Math.min(size * WIDER, WIDEST);
        this.#prune(-1);
      }
    }
  }

  // All of them from a line on and before another one; undefined if that are too many at once.
  async #between(from, before) {
    const lines = [];
    let chars = 0;
    for (let next = from; next !== undefined && next < before; ) {
      const answer = await this.#ask({ from: next, before, count: COUNT });
      for (const line of answer.lines) {
        if (line.number <= (lines.at(-1)?.number ?? 0)) continue;
        lines.push(line);
        chars += line.text.length;
      }
      next = answer.next;
      if (next !== undefined && (lines.length >= COUNT || chars > CHARS / 4) && before - from > 1) return undefined;
    }
    return lines;
  }

  async #ask(query) {
    const answer = await this.#asking.fetch({ ...query, stream: this.#stream });
    for (const gap of answer.gaps) this.#gaps.add(gap);
    this.version++;
    return answer;
  }

  // Forgets what is furthest from the end at which there is more.
  #prune(way) {
    let chars = 0;
    for (const { text } of this.#lines) chars += text.length;
    while (this.#lines.length > 1 && (this.#lines.length > KEPT || chars > CHARS)) {
      const line = way > 0 ? this.#lines.shift() : this.#lines.pop();
      chars -= line.text.length;
      if (way > 0) this.#from = this.#lines[0].number;
      else this.#end = line.number;
    }
  }

  // That of the first line at the number or below it.
  #index(number) {
    return countWhile(this.#lines.length, (index) => this.#lines[index].number < number);
  }
}
