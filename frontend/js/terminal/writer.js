// Writes what comes into xterm.js: in turn, in slices between which the page can react, and tells what has been parsed.
import { resetModes } from "../modes.js";
import { WideCharacters } from "../wide.js";

const STDERR = 2;
// xterm.js yields to the page between two writes, not within one. Its first ones are slow, until the browser has compiled it.
const SLICE = 16 << 10;
const FIRST_SLICES = 256;
const SLOW_BYTES = 8 << 10;
const NOTHING = new Uint8Array();

export class Writer {
  #terminal;
  #StreamTail;
  #wide;
  #events;
  // The incomplete end of the last chunk of each stream of a pipe.
  #tails = new Map();
  #stream = 0;
  #replayEnd = 0;
  #shownEnd = 0;
  #slowBytesLeft = SLOW_BYTES;
  #disposed = false;

  // `StreamTail`: for the streams of a pipe; undefined for a terminal. `events`: `shown(end)`, output up to an offset was parsed, and `settled()` after each part of it.
  constructor(terminal, StreamTail, events) {
    this.#terminal = terminal;
    this.#StreamTail = StreamTail;
    this.#events = events;
    this.#wide = new WideCharacters(terminal);
  }

  // The bytes, which end at the offset, are the writer's from now on.
  write(stream, bytes, end) {
    this.inTurn(() => (this.#StreamTail ? this.#writePipe(stream, bytes, end) : this.#writeTerminal(bytes, end)), bytes);
  }

  // A screen in place of everything, as it was at the offset.
  screen(bytes, offset) {
    this.inTurn(() => this.#writeSlices(bytes, (at) => (at < bytes.length ? this.#settle() : this.#parsed(offset))), bytes);
  }

  // `replaces`: the last thing written was also a note.
  note(text, end, replaces) {
    this.inTurn(() => {
      const line = `— ${text} —`;
      const start = replaces && line.length <= this.#terminal.cols ? "\x1b[A\r\x1b[2K" : "\r\n";
      this.#terminal.write(`${start}\x1b[0;2;3m${line}\x1b[0m\r\n`, () => this.#parsed(end));
      this.#stream = 0;
    });
  }

  // Output has ended: resets the modes that the program left on.
  end() {
    this.inTurn(() => {
      for (const [stream, tail] of this.#tails) this.#writeColoured(stream, tail.flush());
      // CAN ends a sequence that was cut off. Behind it everything written so far has been parsed.
      this.#terminal.write("\x18", () => this.#disposed || resetModes(this.#terminal, () => this.#settle()));
    });
  }

  // Output up to the offset is a replay: the program that made it had its answers long ago.
  replayUntil(offset) {
    this.#replayEnd = Math.max(this.#replayEnd, offset);
  }

  isLive() {
    return this.#shownEnd >= this.#replayEnd;
  }

  // Does something once it is known how wide the characters are that came before, and those of these bytes.
  inTurn(action, bytes = NOTHING) {
    this.#wide.use(bytes, () => this.#disposed || action());
  }

  // xterm.js still parses what was written before it was disposed of.
  dispose() {
    this.#disposed = true;
  }

  #writeTerminal(bytes, end) {
    const start = end - bytes.length;
    // A query in a replay is not answered, one right behind it is: no slice holds both.
    const replayed = Math.min(Math.max(this.#replayEnd - start, 0), bytes.length);
    const parsed = (at) => this.#parsed(start + at, start + at === end);
    if (replayed > 0) this.#writeSlices(bytes.subarray(0, replayed), parsed);
    if (replayed < bytes.length || replayed === 0) this.#writeSlices(bytes.subarray(replayed), (at) => parsed(replayed + at));
  }

  // `parsed(at)` is called once the bytes up to there have been parsed.
  #writeSlices(bytes, parsed) {
    let at = 0;
    do {
      const slice = bytes.subarray(at, at + (this.#slowBytesLeft > 0 ? FIRST_SLICES : SLICE));
      this.#slowBytesLeft -= slice.length;
      at += slice.length;
      const end = at;
      this.#terminal.write(slice, () => parsed(end));
    } while (at < bytes.length);
  }

  #writePipe(stream, bytes, end) {
    if (!this.#tails.has(stream)) this.#tails.set(stream, new this.#StreamTail());
    this.#writeColoured(stream, this.#tails.get(stream).push(bytes));
    this.#terminal.write("", () => this.#parsed(end));
  }

  // Standard error in the colour of errors, unless the program sets its own.
  #writeColoured(stream, bytes) {
    if (bytes.length === 0) return;
    if (stream !== this.#stream) this.#terminal.write(stream === STDERR ? "\x1b[31m" : "\x1b[39m");
    this.#stream = stream;
    this.#writeSlices(bytes, () => {});
  }

  #parsed(end, whole = true) {
    if (this.#disposed) return;
    this.#shownEnd = end;
    if (whole) this.#events.shown(end);
    this.#settle();
  }

  #settle() {
    if (!this.#disposed) this.#events.settled();
  }
}
