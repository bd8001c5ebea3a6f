// The search that runs: one at a time, which the next one takes the place of.

export class Running {
  // How far it is.
  percent = 0;
  // The reader has stopped the last one.
  isStopped = false;
  // How the last one has failed.
  error;
  #abort;

  get isOn() {
    return this.#abort !== undefined;
  }

  // Whether it is the one with this signal.
  is(signal) {
    return this.#abort?.signal === signal;
  }

  // Runs `task(signal)`. Returns whether it has come to its end.
  async run(task) {
    this.cancel();
    const abort = (this.#abort = new AbortController());
    this.percent = 0;
    let error;
    try {
      await task(abort.signal);
    } catch (reason) {
      error = reason;
    }
    if (abort !== this.#abort) return false;
    this.#abort = undefined;
    this.error = error;
    return true;
  }

  // Ends it, and forgets how the last one went.
  cancel() {
    this.#abort?.abort();
    this.#abort = this.error = undefined;
    this.isStopped = false;
  }

  // Ends it for the reader, who keeps what it has found.
  stop() {
    this.cancel();
    this.isStopped = true;
  }
}
