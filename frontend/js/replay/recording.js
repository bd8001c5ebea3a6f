// A recording as it is received: asciicast v3, a line of JSON for each event. https://docs.asciinema.org/manual/asciicast/v3/
import { t } from "../../../app/js/texts.js";
import { Timeline } from "./timeline.js";

// No more than so many bytes are read, and are in memory then.
const MOST = 64 << 20;
// Output within so many seconds is one event, of so many characters at most.
const MOMENT = 0.01;
const LONGEST = 64 << 10;
// The player is told of what is new at most so often, in milliseconds.
const PAUSE = 100;

export class Recording {
  cols = 80;
  rows = 24;
  title = "";
  // `{kind, data}`: "o" is output, "r" a new size (`80x24`), "m" a note, "x" an exit. Their times are in the timeline.
  events = [];
  timeline = new Timeline();
  bytes = 0;
  isDone = false;
  // There is more than is read.
  isCut = false;
  // What went wrong, for people.
  problem;
  // The time of what was read last, in seconds.
  #time = 0;
  #isBegun = false;
  // Output that is not an event yet.
  #open;

  // Reads it from an address and calls `grown()` now and then, and at the end.
  async load(address, signal, grown) {
    let told = 0;
    try {
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(t("The server answered with {status}.", { status: response.status }));
      for await (const lines of linesOf(response.body, (bytes) => this.#mayRead(bytes))) {
        for (const line of lines) this.#read(line);
        if (performance.now() - told < PAUSE) continue;
        told = performance.now();
        this.#close();
        grown();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error instanceof TypeError ? t("The recording could not be loaded.") : error.message;
    }
    this.#close();
    this.isDone = true;
    grown();
  }

  #mayRead(bytes) {
    this.isCut = this.bytes + bytes > MOST;
    this.bytes = Math.min(this.bytes + bytes, MOST);
    return !this.isCut;
  }

  #read(line) {
    if (line === "" || line.startsWith("#")) return;
    const read = parse(line);
    if (this.#isBegun) this.#add(...read);
    else this.#begin(read);
  }

  #begin({ version, term, title }) {
    if (version !== 3) throw new Error(t("This is not a recording that can be played."));
    Object.assign(this, { cols: term.cols, rows: term.rows, title: title ?? "" });
    this.#isBegun = true;
  }

  #add(passed, kind, data) {
    this.#time += passed;
    const open = this.#open;
    if (kind === "o" && open && this.#time - open.time <= MOMENT && open.length < LONGEST) {
      open.parts.push(data);
      open.length += data.length;
      return;
    }
    this.#close();
    if (kind === "o") this.#open = { time: this.#time, parts: [data], length: data.length };
    else this.#push(this.#time, kind, data);
  }

  #close() {
    if (this.#open) this.#push(this.#open.time, "o", this.#open.parts.join(""));
    this.#open = undefined;
  }

  #push(time, kind, data) {
    this.events.push({ kind, data });
    this.timeline.push(time);
  }
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(t("The recording is damaged: from here on it cannot be read."));
  }
}

// The whole lines of each part of a body. `mayRead(bytes)` says whether to go on.
async function* linesOf(body, mayRead) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || !mayRead(value.length)) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      yield lines;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
