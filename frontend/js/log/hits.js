// The lines that match, within the range of lines that has been searched. The range grows at both ends as the reader goes on.

// Lines that are searched together above the range, at first; each time without a match so many times more.
const WINDOW = 4096;
const WIDER = 4;

export class Hits {
  // The first line of the range, and the one after its last.
  from;
  end;
  // The numbers of the lines that match, in their order.
  lines = [];
  #hits = new Map();
  // One that is known before the range has come to it.
  #early;
  #ask;

  // `ask(from, signal, hit)` searches from a line on, calls `hit` for each line that matches until that returns false, and returns
  // whether there may be more than one answer has.
  constructor(from, ask) {
    this.from = this.end = from;
    this.#ask = ask;
  }

  get(line) {
    return this.#hits.get(line) ?? (this.#early?.line === line ? this.#early : undefined);
  }

  // The match next to a line: the first one from there on, or the last one before. Found long before the range is there.
  async peek(line, signal) {
    const below = await this.peekBelow(line, signal);
    if (below !== undefined) return below;
    const above = new Hits(line, this.#ask);
    await above.up(signal);
    const last = above.lines.at(-1);
    this.#early = above.get(last);
    return last;
  }

  // The first one from a line on. Undefined: there is none.
  async peekBelow(line, signal) {
    await this.#ask(line, signal, (hit) => {
      this.#early = hit;
      return false;
    });
    return this.#early?.line;
  }

  // Searches below the range, as far as one answer goes. There are lines up to `total` at least. `found(line)` is called for each new one.
  async down(signal, total, found) {
    const isLimited = await this.#ask(this.end, signal, (hit) => {
      this.end = Math.max(this.end, hit.line + 1);
      if (this.#hits.has(hit.line)) return;
      this.#hits.set(hit.line, hit);
      this.lines.push(hit.line);
      found(hit.line);
    });
    if (!isLimited) this.end = Math.max(this.end, total + 1);
  }

  // Searches above the range until there is a match or nothing more. Returns how many were found.
  async up(signal) {
    for (let size = WINDOW; this.from > 1; size *= WIDER) {
      const { begin, hits } = await this.#last(Math.max(1, this.from - size), this.from, signal);
      for (const hit of hits) this.#hits.set(hit.line, hit);
      this.lines = [...hits.map(({ line }) => line), ...this.lines];
      this.from = begin;
      if (hits.length > 0) return hits.length;
    }
    return 0;
  }

  // The last lines that match before the end: all of those from `begin` on. An answer has the first ones, so of many the upper half
  // of what is left is searched first.
  async #last(from, end, signal) {
    const hits = [];
    const isLimited = await this.#ask(from, signal, (hit) => hit.line < end && hits.push(hit));
    const next = isLimited ? hits.at(-1).line + 1 : end;
    if (next >= end) return { begin: from, hits };
    const middle = Math.floor((next + end) / 2);
    for (const [low, high] of [[middle, end], [next, middle]]) {
      const later = low < high ? await this.#last(low, high, signal) : undefined;
      if (later?.hits.length > 0) return later;
    }
    return { begin: from, hits };
  }
}
