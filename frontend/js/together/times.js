// The times of lines that are not here, for whoever looks for a place among them.

// Of a line without a time, where the next lines have none either: it sorts last.
const UNKNOWN = "~";
const NEAR = 20;
const KEPT = 10_000;

export class Times {
  #asking;
  // Line number → time.
  #known = new Map();

  constructor(asking) {
    this.#asking = asking;
  }

  async of(number) {
    if (!this.#known.has(number)) {
      const [line] = await this.#ask(number, 1);
      const near = line && !line.time ? await this.#ask(number, NEAR) : [line];
      const time = near.find((other) => other?.time)?.time;
      if (time === undefined) return UNKNOWN;
      this.#keep(number, time);
    }
    return this.#known.get(number);
  }

  // Learns those of a run of lines at once.
  async learn(from, count) {
    for (let number = from; number < from + count; number++) {
      if (this.#known.has(number)) continue;
      for (const line of await this.#ask(number, count)) if (line.time) this.#keep(line.number, line.time);
      return;
    }
  }

  async #ask(from, count) {
    return (await this.#asking.fetch({ from, count })).lines;
  }

  #keep(number, time) {
    if (this.#known.size >= KEPT) this.#known.delete(this.#known.keys().next().value);
    this.#known.set(number, time);
  }
}
