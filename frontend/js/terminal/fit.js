// How many columns and rows the pane has room for.
import { FitAddon } from "@xterm/addon-fit";

const MAX = 1000;
// How long, in milliseconds, the pane must keep its size.
const STEADY = 80;

export class Fit {
  #addon = new FitAddon();
  #observer = new ResizeObserver(() => this.again());
  #room;
  #timer;
  #disposed = false;

  // `room(cols, rows)` hears of each new measurement.
  constructor(terminal, element, room) {
    this.#room = room;
    terminal.loadAddon(this.#addon);
    this.#observer.observe(element);
  }

  now() {
    const { cols, rows } = this.#addon.proposeDimensions() ?? {};
    if (cols && rows) this.#room(Math.min(cols, MAX), Math.min(rows, MAX));
  }

  // Measures once nothing changes any more.
  again() {
    clearTimeout(this.#timer);
    if (!this.#disposed) this.#timer = setTimeout(() => this.now(), STEADY);
  }

  dispose() {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#observer.disconnect();
  }
}
