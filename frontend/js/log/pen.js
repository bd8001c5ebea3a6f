// The style that SGR codes have set: ECMA-48 8.3.117, with the colours that xterm has added.

const FLAGS = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 5: "blink", 7: "inverse", 8: "hidden", 9: "strike", 21: "underline" };
// Switched off by the codes from 22 on.
const OFF = { 22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 25: ["blink"], 27: ["inverse"], 28: ["hidden"], 29: ["strike"] };
const LEVELS = [0, 95, 135, 175, 215, 255];

export class Pen {
  // `{classes, color, background}`: names for the style sheet, and the colours that it does not have. Undefined if all is plain.
  style;
  #flags = new Set();
  #ink;
  #ground;

  set(parameters) {
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
      this.#flags.clear();
      this.#ink = this.#ground = undefined;
    } else if (code === 4 && sub === "0") this.#flags.delete("underline");
    else if (FLAGS[code]) this.#flags.add(FLAGS[code]);
    else if (OFF[code]) for (const flag of OFF[code]) this.#flags.delete(flag);
    else if (code >= 30 && code <= 37) this.#ink = code - 30;
    else if (code >= 90 && code <= 97) this.#ink = code - 82;
    else if (code === 39) this.#ink = undefined;
    else if (code >= 40 && code <= 47) this.#ground = code - 40;
    else if (code >= 100 && code <= 107) this.#ground = code - 92;
    else if (code === 49) this.#ground = undefined;
  }

  #colour(code, kind, values) {
    const colour = kind === 5 ? indexed(byte(values[0])) : kind === 2 ? `rgb(${values.map(byte).join(" ")})` : undefined;
    if (code === 38) this.#ink = colour;
    else if (code === 48) this.#ground = colour;
  }

  #current() {
    let [ink, ground] = [this.#ink, this.#ground];
    if (this.#flags.has("inverse")) [ink, ground] = [ground ?? "ground", ink ?? "text"];
    const names = [...this.#flags].filter((flag) => flag !== "inverse" && flag !== "blink").map((flag) => `sgr-${flag}`);
    const style = { classes: "", color: undefined, background: undefined };
    if (isName(ink)) names.push(`ink-${ink}`);
    else style.color = ink;
    if (isName(ground)) names.push(`on-${ground}`);
    else style.background = ground;
    style.classes = names.join(" ");
    return names.length > 0 || ink !== undefined || ground !== undefined ? style : undefined;
  }
}

const isName = (colour) => typeof colour === "number" || colour === "ground" || colour === "text";

const byte = (text) => Math.max(0, Math.min(Number(text) || 0, 255));

// Of 256 colours: the first 16 are the theme's, then a cube of 6 × 6 × 6, then greys.
function indexed(index) {
  if (index < 16) return index;
  if (index >= 232) return `rgb(${[0, 0, 0].fill(8 + 10 * (index - 232)).join(" ")})`;
  const at = index - 16;
  return `rgb(${[LEVELS[Math.floor(at / 36)], LEVELS[Math.floor(at / 6) % 6], LEVELS[at % 6]].join(" ")})`;
}
