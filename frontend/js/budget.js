// Limits how much of an output is shown from its start, since a page can hold only so much.

const MAX_LINES = 10_000;
const MAX_BYTES = 1 << 20;

export class Budget {
  #lines = 0;
  #bytes = 0;
  spent = false;

  get lines() {
    return this.#lines;
  }

  // The most rows that the budget can fill in a terminal of this width.
  rows(cols) {
    return MAX_LINES + Math.ceil(MAX_BYTES / Math.max(cols, 20));
  }

  // The part of the bytes that still fits.
  take(bytes) {
    if (this.spent) return bytes.subarray(0, 0);
    let end = Math.min(bytes.length, MAX_BYTES - this.#bytes);
    this.spent = end < bytes.length;
    for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) {
      if (++this.#lines < MAX_LINES) continue;
      end = at + 1;
      this.spent = true;
    }
    this.#bytes += end;
    return bytes.subarray(0, end);
  }
}
