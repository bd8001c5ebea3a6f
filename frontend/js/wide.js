// Emoji and other characters that are wide since Unicode 9: what says so is large, and loaded when the first one comes. What follows
// waits until it is there.

// Such characters have four bytes, or three of which the first is E2 and the second one of these.
const SECOND = [0x8c, 0x8f, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0xac, 0xad];

function hasWide(bytes) {
  if (bytes.includes(0xf0)) return true;
  for (let at = bytes.indexOf(0xe2); at >= 0; at = bytes.indexOf(0xe2, at + 1)) if (SECOND.includes(bytes[at + 1])) return true;
  return false;
}

export class WideCharacters {
  #terminal;
  #isReady = false;
  #waiting;

  constructor(terminal) {
    this.#terminal = terminal;
  }

  // Does something with these bytes: now, or in its turn once the widths of all of their characters are known.
  use(bytes, action) {
    if (this.#waiting) this.#waiting.push(action);
    else if (this.#isReady || !hasWide(bytes)) action();
    else this.#load(action);
  }

  async #load(action) {
    this.#waiting = [action];
    try {
      const { Unicode11Addon } = await import("./unicode.js");
      this.#terminal.loadAddon(new Unicode11Addon());
      this.#terminal.unicode.activeVersion = "11";
      this.#isReady = true;
    } catch {
      // Tried again with the next one; until then they are as wide as they once were.
    }
    const actions = this.#waiting;
    this.#waiting = undefined;
    for (const action of actions) action();
  }
}
