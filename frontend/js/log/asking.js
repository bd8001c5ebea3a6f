// Asks the server for lines.
import { t } from "../../../app/js/texts.js";
import { heard } from "./clock.js";

// How long an answer may take, in milliseconds: a connection may be dead.
const PATIENCE = 10_000;

export class LinesError extends Error {
  // `status`: that of the answer, if there is one.
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  // Whether asking again does not help.
  get isFinal() {
    return this.status < 500 && this.status !== 429;
  }
}

export class Asking {
  #address;
  // Of the requests that have no answer yet.
  #open = new Set();

  constructor(address) {
    this.#address = address;
  }

  // `query`: `{from, count, stream, before}`. Returns `{lines, gaps, total, next}`.
  async fetch(query) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    this.#open.add(abort);
    try {
      const response = await fetch(`${this.#address}?${new URLSearchParams(query)}`, { signal: abort.signal });
      heard(response);
      if (response.ok) return await response.json();
      const { message } = await response.json().catch(() => ({}));
      throw new LinesError(message ?? t("The server answered with {status}.", { status: response.status }), response.status);
    } finally {
      clearTimeout(timer);
      this.#open.delete(abort);
    }
  }

  // Gives up what has no answer yet.
  abandon() {
    for (const abort of this.#open) abort.abort();
  }
}
