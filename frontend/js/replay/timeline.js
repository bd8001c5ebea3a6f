// When events are: as they were recorded, and with pauses that are cut short. In seconds.
import { countWhile } from "../bisect.js";

// The longest pause of the short ones.
const PAUSE = 2;

export class Timeline {
  #recorded = [];
  #short = [];

  push(time) {
    const gap = time - (this.#recorded.at(-1) ?? 0);
    this.#short.push((this.#short.at(-1) ?? 0) + Math.min(gap, PAUSE));
    this.#recorded.push(time);
  }

  duration(isShort) {
    return this.#times(isShort).at(-1) ?? 0;
  }

  // How many events there are up to a time.
  count(time, isShort) {
    const times = this.#times(isShort);
    return countWhile(times.length, (index) => times[index] <= time);
  }

  // The same place in the other times.
  convert(time, isShort) {
    const [from, to] = [this.#times(isShort), this.#times(!isShort)];
    const next = this.count(time, isShort);
    const [begin, gap] = [to[next - 1] ?? 0, (to[next] ?? Infinity) - (to[next - 1] ?? 0)];
    return begin + Math.min(time - (from[next - 1] ?? 0), gap);
  }

  #times(isShort) {
    return isShort ? this.#short : this.#recorded;
  }
}
