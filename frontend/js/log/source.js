// The lines that are shown: all, or those of one stream.
import { Asking } from "./asking.js";
import { Lines } from "./lines.js";
import { StreamLines } from "./stream-lines.js";

export class Source {
  all;
  #asking;
  #shown;
  #isFollowed;
  // The stream whose lines are shown, if not all are.
  stream;

  // `address`: where lines are asked for. `isFollowed()`: whether the end is to be shown.
  constructor(address, isFollowed) {
    this.#asking = new Asking(address);
    this.all = new Lines(this.#asking);
    this.#shown = this.all;
    this.#isFollowed = isFollowed;
  }

  // Shows the lines of a stream alone, or all.
  choose(stream) {
    if (this.#shown !== this.all) this.#shown.leave();
    this.stream = stream;
    this.#shown = stream ? new StreamLines(this.all, this.#asking, stream) : this.all;
  }

  get total() {
    return this.all.total;
  }

  get first() {
    return this.all.first;
  }

  get last() {
    return this.stream ? this.#shown.last : this.near(this.total);
  }

  // Changes with what is here; that of one choice is not that of another.
  get version() {
    return `${this.stream} ${this.#shown.version}`;
  }

  get(number) {
    return this.#shown.get(number);
  }

  step(number, way) {
    return this.#shown.step(number, way);
  }

  isFirst(number) {
    return this.#shown.isFirst(number);
  }

  isLast(number) {
    return this.#shown.isLast(number);
  }

  distance(number, other) {
    return this.#shown.distance(number, other);
  }

  near(number) {
    return this.#shown.near(number);
  }

  around(number, before, after) {
    return this.#shown.around(number, before, after);
  }

  beyond(number, way, count) {
    return this.#shown.beyond(number, way, count);
  }

  toEnd(before) {
    return this.stream ? this.#shown.toEnd() : this.all.around(this.total, before, 0);
  }

  gapsBefore(line) {
    return this.#shown.gapsBefore(line);
  }

  gapsAtEnd() {
    return this.all.gapsAtEnd();
  }

  kept() {
    return this.#shown.kept();
  }

  probe(number) {
    return this.all.probe(number);
  }

  // Asks for what is new.
  async refresh() {
    await this.all.refresh();
    if (this.stream && this.#isFollowed()) await this.#shown.toEnd();
  }

  // The first line of a stream, if it is found soon. `{line, isKnown}`.
  async firstOf(stream) {
    const { lines, next } = await this.#asking.fetch({ from: 1, count: 1, stream });
    return { line: lines[0], isKnown: lines.length > 0 || next === undefined };
  }

  // Gives up what has no answer yet.
  abandon() {
    this.#asking.abandon();
  }
}
