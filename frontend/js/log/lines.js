// The lines of an output as the server has them: asked for by number, and a bounded part of them kept.
import { Gaps } from "./gaps.js";

// Lines that are asked for together, and how many such pages and characters of text are kept.
const PAGE = 200;
const PAGES = 64;
const CHARS = 32 << 20;

export class Lines {
  // The number of the last line there is; it may still become longer.
  total = 0;
  // The number of the oldest line that is known to be there.
  first = 1;
  // Changes with what is here.
  version = 0;
  // The streams that lines were seen of.
  streams = new Set();
  // Missing bytes after the last line.
  #lastGaps = [];
  #gaps = new Gaps();
  // Page number → its lines by number. The one used last is the last one.
  #pages = new Map();
  #loading = new Map();
  #asking;
  #behind = false;

  constructor(asking) {
    this.#asking = asking;
  }

  get(number) {
    return this.#pages.get(pageOf(number))?.get(number);
  }

  // The number of the next line in a direction (1 or -1), if it is here.
  step(number, way) {
    const next = number + way;
    return next >= this.first && this.get(next) ? next : undefined;
  }

  isFirst(number) {
    return number <= this.first;
  }

  isLast(number) {
    return number === this.total;
  }

  // How many lines lie between two.
  distance(number, other) {
    return Math.abs(number - other);
  }

  // The number of the line that is here at a number or close to it.
  near(number) {
    const next = Math.max(this.first, Math.min(number, this.total));
    return this.get(next) ? next : undefined;
  }

  // Loads so many lines before and after a number. Above it a page more: colours may go on from there.
  async around(number, before, after) {
    const next = Math.max(this.first, Math.min(number, this.total));
    await this.load(next - Math.max(before, PAGE), next + after);
  }

  // Loads up to so many lines beyond one, in a direction.
  async beyond(number, way, count) {
    const { first } = this;
    await (way > 0 ? this.load(number + 1, number + count) : this.load(number - count, number - 1));
    return this.step(number, way) !== undefined || this.first > first;
  }

  // Asks for the lines behind the last known one. If there are too many, for the last ones only: those between are loaded
  // when they are to be seen.
  async refresh() {
    const known = this.total;
    if (known > 0 && !this.#behind) {
      const { lines, total } = await this.#ask(known, PAGE);
      if (lines.length > 0 && lines.at(-1).number === total) return;
    }
    const { lines } = await this.#ask(-PAGE, PAGE);
    this.#behind = known > 0 && lines.length > 0 && lines[0].number > known + 1;
  }

  // Whether these lines are here, as far as they exist.
  has(from, to) {
    return this.#missing(from, to) === undefined;
  }

  // Loads lines. Those that have been removed meanwhile are not there afterwards.
  async load(from, to) {
    for (let page = pageOf(Math.max(from, 1)); page <= pageOf(to); page++) {
      const end = (page + 1) * PAGE;
      if (this.#missing(Math.max(from, page * PAGE + 1), Math.min(to, end)) === undefined) continue;
      // Two that need the same page wait for the same answers.
      if (!this.#loading.has(page)) this.#loading.set(page, this.#loadPage(page).finally(() => this.#loading.delete(page)));
      await this.#loading.get(page);
    }
  }

  // One line as the server has it now, from the number on, for those who look for something in the output.
  async probe(number) {
    const answer = await this.#asking.fetch({ from: number, count: 20 });
    return answer.lines.find(({ time }) => time) ?? answer.lines[0];
  }

  // What is missing right before a line: `[{bytes, reason}]`.
  gapsBefore(line) {
    const before = this.get(line.number - 1);
    const gaps = [];
    for (let gap = this.#gaps.get(line.offset); gap; gap = this.#gaps.get(gap.from)) {
      // The bytes were there when the line before was loaded, and have been removed since then.
      if (before && before.offset >= gap.from) break;
      gaps.unshift(gap);
    }
    return gaps;
  }

  gapsAtEnd() {
    return this.#lastGaps;
  }

  // All lines that are kept, in their order.
  *kept() {
    for (const page of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const lines = this.#pages.get(page);
      for (const number of [...lines.keys()].sort((a, b) => a - b)) yield lines.get(number);
    }
  }

  async #loadPage(page) {
    const end = (page + 1) * PAGE;
    for (;;) {
      const from = this.#missing(page * PAGE + 1, end);
      if (from === undefined) return;
      const { lines } = await this.#ask(from, end - from + 1);
      // Of long lines there are fewer in an answer than were asked for.
      if (lines.length === 0 || lines[0].number > end) return;
    }
  }

  // The number of the first line in the range that is not here although it exists.
  #missing(from, to) {
    const last = Math.min(to, this.total);
    for (let number = Math.max(from, this.first); number <= last; number++) {
      if (!this.get(number)) return number;
    }
    return undefined;
  }

  async #ask(from, count) {
    const answer = await this.#asking.fetch({ from, count });
    this.#store(answer, from);
    return answer;
  }

  #store({ lines, gaps, total }, from) {
    // What was the last line may have become longer before another one followed.
    if (total > this.total) this.#pages.get(pageOf(this.total))?.delete(this.total);
    this.total = Math.max(this.total, total);
    const oldest = lines[0]?.number;
    if (from > 0 && oldest > from) this.first = Math.max(this.first, oldest);
    this.version++;
    for (const line of lines) {
      this.streams.add(line.stream);
      if (!this.#pages.has(pageOf(line.number))) this.#pages.set(pageOf(line.number), new Map());
      const page = this.#pages.get(pageOf(line.number));
      // What is shown is told from what is new by its identity.
      if (!isOlder(line, page.get(line.number))) page.set(line.number, line);
    }
    const isEnd = (oldest === undefined ? total === 0 : lines.at(-1).number === this.total) && total === this.total;
    const end = lines.at(-1)?.offset ?? -1;
    for (const gap of gaps) if (gap.to <= end) this.#gaps.add(gap);
    if (isEnd) this.#lastGaps = gaps.filter(({ to }) => to > end);
    if (oldest !== undefined) this.#prune(pageOf(oldest), pageOf(lines.at(-1).number));
  }

  // Forgets what has not been used for longest, except these pages.
  #prune(from, to) {
    for (let page = from; page <= to; page++) {
      const lines = this.#pages.get(page);
      this.#pages.delete(page);
      if (lines) this.#pages.set(page, lines);
    }
    let chars = 0;
    let pages = 0;
    for (const page of [...this.#pages.keys()].reverse()) {
      for (const { text } of this.#pages.get(page).values()) chars += text.length;
      if (++pages > PAGES || (chars > CHARS && pages > 2)) this.#pages.delete(page);
    }
  }
}

const pageOf = (number) => Math.floor((number - 1) / PAGE);

// The same as what is here, or what an answer says that was overtaken by another one.
const isOlder = (line, here) => here !== undefined && here.offset === line.offset && (here.text.length > line.text.length || (here.text === line.text && here.cut === line.cut));
