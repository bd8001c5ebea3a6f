// How terminals look and behave in this browser: the same in all of its tabs, at once.
import { keep, readKept } from "../kept.js";

const KEY = "execdeck.terminal";
const SMALLEST = 8;
const LARGEST = 32;
const oneOf = (...values) => [values[0], (value) => values.includes(value)];

// Each with its default and what it may be.
const RULES = {
  // Of the text, in pixels.
  fontSize: [13, (value) => Number.isInteger(value) && value >= SMALLEST && value <= LARGEST],
  // Names of fonts with commas between them; none: the page's.
  fontFamily: ["", (value) => typeof value === "string" && value.length <= 200],
  cursorStyle: oneOf("block", "bar", "underline"),
  cursorBlink: oneOf(false, true),
  theme: oneOf("page", "light", "dark", "contrast"),
  confirmPaste: oneOf(true, false),
};

class Preferences {
  values = this.#read();
  #listeners = new Set();

  constructor() {
    addEventListener("storage", ({ key }) => {
      // Without a key, everything was removed.
      if (key === KEY || key === null) this.#become(this.#read());
    });
  }

  // Changes some of them; what they may not be is left out.
  set(changes) {
    this.#become(valid({ ...this.values, ...changes }, this.values));
    keep(KEY, this.values);
  }

  // Makes text larger by so many pixels, or for 0 as large as it was at first.
  zoom(by) {
    const size = by === 0 ? RULES.fontSize[0] : this.values.fontSize + by;
    this.set({ fontSize: size });
  }

  reset() {
    this.set(valid({}));
  }

  // Returns what ends it.
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read() {
    return valid(readKept(KEY));
  }

  #become(values) {
    this.values = values;
    for (const listener of this.#listeners) listener();
  }
}

function valid(values, otherwise = {}) {
  return Object.fromEntries(Object.entries(RULES).map(([name, [initial, allows]]) => [name, allows(values[name]) ? values[name] : (otherwise[name] ?? initial)]));
}

export const preferences = new Preferences();
