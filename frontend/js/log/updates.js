// Asks for the lines that are new: at most so often while output comes, and again after a while if that has failed.

// In milliseconds.
const PAUSE = 100;
const AGAIN = 2000;

export class Updates {
  #lines;
  #events;
  #timer;
  #asked = -Infinity;
  #isAsking = false;
  #isOutdated = false;
  // The end of the output that is not acknowledged yet.
  #end;
  #isDisposed = false;

  // `events`: `shown(end)` says up to where output is here, `grown()` that there may be more lines, `failed(error)`.
  constructor(lines, events) {
    this.#lines = lines;
    this.#events = events;
  }

  // There is output up to the end, if that is known.
  outdate(end = this.#end) {
    this.#end = end;
    this.#isOutdated = true;
    if (this.#isAsking || this.#isDisposed) return;
    this.#timer ??= setTimeout(() => this.ask(), Math.max(0, this.#asked + PAUSE - performance.now()));
  }

  // Asks again later, unless that is going to happen anyway.
  again() {
    if (this.#isOutdated || this.#isDisposed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(), AGAIN);
  }

  async ask() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsking = true;
    this.#isOutdated = false;
    this.#asked = performance.now();
    const end = this.#end;
    try {
      await this.#lines.refresh();
      if (this.#isDisposed) return;
      if (end !== undefined) this.#events.shown(end);
      this.#events.grown();
    } catch (error) {
      if (!this.#isDisposed) this.#events.failed(error);
    } finally {
      this.#isAsking = false;
      if (this.#isOutdated) this.outdate();
    }
  }

  dispose() {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }
}
