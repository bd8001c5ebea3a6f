// The style that SGR codes have set: ECMA-48 8.3.117, with the colours that xterm has added.
import { css, readable } from "./contrast.js";

const NAMES = ["bold", "dim", "italic", "underline", "inverse", "hidden", "strike"];
const [BOLD, DIM, ITALIC, UNDERLINE, INVERSE, HIDDEN, STRIKE] = NAMES.map((_, at) => 1 << at);
const ON = { 1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: INVERSE, 8: HIDDEN, 9: STRIKE, 21: UNDERLINE };
const OFF = { 22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: INVERSE, 28: HIDDEN, 29: STRIKE };
// Styles by what they are made of, so that the same one is made once. No more than these are kept.
const styles = new Map();
const KEPT = 1000;
const LEVELS = [0, 95, 135, 175, 215, 255];

export class Pen {
  // `{classes, color, background}`: names for the style sheet, and the colours that it does not have. Undefined if all is plain.
  style;
  #flags = 0;
  #ink;
  #ground;

  // `state`: that of another pen, to go on with.
  constructor(state) {
    if (!state) return;
    ({ flags: this.#flags, ink: this.#ink, ground: this.#ground } = state);
    this.style = this.#current();
  }

  // What it has set: undefined if all is plain. Pens with the same `key` write the same.
  get state() {
    const key = `${this.#flags} ${this.#ink} ${this.#ground}`;
    return this.#isPlain() ? undefined : { key, flags: this.#flags, ink: this.#ink, ground: this.#ground };
  }

  set(parameters) {
    // Private codes that end like these do other things.
    if (/[<=>?]/.test(parameters)) return;
    // Colons belong to one parameter, semicolons part them; both are in use for colours.
    const parts = parameters.split(";");
    for (let at = 0; at < parts.length; at++) {
      const sub = parts[at].split(":");
      const code = Number(sub[0]) || 0;
      if (code !== 38 && code !== 48 && code !== 58) this.#apply(code, sub[1]);
      else if (sub.length > 1) this.#colour(code, Number(sub[1]), sub[1] === "2" ? sub.slice(-3) : sub.slice(2));
      else {
        const kind = Number(parts[at + 1]);
        const length = kind === 2 ? 3 : 1;
        this.#colour(code, kind, parts.slice(at + 2, at + 2 + length));
        at += 1 + length;
      }
    }
    this.style = this.#current();
  }

  #apply(code, sub) {
    if (code === 0) {
      this.#flags = 0;
      this.#ink = this.#ground = undefined;
    } else if (code === 4 && sub === "0") this.#flags &= ~UNDERLINE;
    else if (ON[code]) this.#flags |= ON[code];
    else if (OFF[code]) this.#flags &= ~OFF[code];
    else if (code >= 30 && code <= 37) this.#ink = code - 30;
    else if (code >= 90 && code <= 97) this.#ink = code - 82;
    else if (code === 39) this.#ink = undefined;
    else if (code >= 40 && code <= 47) this.#ground = code - 40;
    else if (code >= 100 && code <= 107) this.#ground = code - 92;
    else if (code === 49) this.#ground = undefined;
  }

  #colour(code, kind, values) {
    const colour = kind === 5 ? indexed(byte(values[0])) : kind === 2 ? [0, 1, 2].map((at) => byte(values[at])) : undefined;
    if (code === 38) this.#ink = colour;
    else if (code === 48) this.#ground = colour;
  }

  #isPlain() {
    return this.#flags === 0 && this.#ink === undefined && this.#ground === undefined;
  }

  #current() {
    if (this.#isPlain()) return undefined;
    const key = `${this.#flags} ${this.#ink} ${this.#ground}`;
    if (styles.size > KEPT) styles.clear();
    if (!styles.has(key)) styles.set(key, styleOf(this.#flags, this.#ink, this.#ground));
    return styles.get(key);
  }
}

function styleOf(flags, ink, ground) {
  if (flags & INVERSE) [ink, ground] = [ground ?? "ground", ink ?? "text"];
  const names = NAMES.filter((_, at) => flags & (1 << at) & ~INVERSE).map((name) => `sgr-${name}`);
  const classes = (...more) => [...names, ...more].join(" ");
  // Inverse on what the page has: its own two colours alone are sure to differ enough.
  if (ground === "text") return { classes: classes("ink-ground", "on-text") };
  if (ground !== undefined) return { classes: classes(), ...readable(ink, ground) };
  if (Array.isArray(ink)) return { classes: classes(), color: css(ink) };
  return { classes: ink === undefined ? classes() : classes(`ink-${ink}`) };
}

const byte = (text) => Math.max(0, Math.min(Number(text) || 0, 255));

// Of 256 colours: the first 16 are the theme's, then a cube of 6 × 6 × 6, then greys.
function indexed(index) {
  if (index < 16) return index;
  if (index >= 232) return [0, 0, 0].fill(8 + 10 * (index - 232));
  const at = index - 16;
  return [LEVELS[Math.floor(at / 36)], LEVELS[Math.floor(at / 6) % 6], LEVELS[at % 6]];
}
