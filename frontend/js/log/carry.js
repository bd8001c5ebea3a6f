// Colours that a line sets and does not reset go on in the next line of its stream, as in a terminal. Only some of the lines are here:
// what the lines above that are not say about colours is not known, unless it was once.
import { stateAfter } from "./escape.js";

// Lines that are looked at above one at most.
const BACK = 2000;
// Every so many lines the pen is remembered, and in so many places at most.
const EVERY = 64;
const KEPT = 10_000;
const RESET = /\x1b\[0*m/;

export class Carry {
  #lines;
  #version;
  // Line number → `{state, isSure}` of the pen behind it, as far as the lines that are here say.
  #after = new Map();
  // The same for lines that may be gone, of pens that depend on nothing else: all is reset before them, or the output begins.
  #sure = new Map();

  constructor(lines) {
    this.#lines = lines;
  }

  // The state of the pen with which a line begins.
  before(line) {
    if (this.#version !== this.#lines.version) this.#after.clear();
    this.#version = this.#lines.version;
    const between = [];
    let known;
    let at = line.number;
    for (let count = 0; count < BACK; count++) {
      const above = this.#lines.step(at, -1);
      if (above === undefined) break;
      at = above;
      const other = this.#lines.get(at);
      if (other.stream !== line.stream) continue;
      known = this.#after.get(at) ?? this.#sure.get(at);
      if (known) break;
      between.push(other);
      if (RESET.test(other.text)) break;
    }
    known ??= { state: undefined, isSure: at === 1 };
    for (const other of between.reverse()) known = this.#behind(other, known);
    return known.state;
  }

  #behind(line, before) {
    let after = before;
    if (line.text.includes("\x1b") || line.cut) {
      const isSure = !line.cut && (before.isSure || RESET.test(line.text));
      after = { state: stateAfter(line.text, before.state), isSure };
    }
    this.#after.set(line.number, after);
    if (after.isSure && this.#after.size % EVERY === 0 && line.number < this.#lines.total) {
      this.#sure.set(line.number, after);
      if (this.#sure.size > KEPT) this.#sure.delete(this.#sure.keys().next().value);
    }
    return after;
  }
}
