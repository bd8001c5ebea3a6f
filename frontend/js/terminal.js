// The terminal widget: xterm.js, made safe for untrusted output and paced by acknowledgements to the server.
import { Terminal } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";
import "@xterm/xterm/css/xterm.css";
import { StreamTail } from "./boundary.js";
import { Budget } from "./budget.js";
import { FastDrawing } from "./draw.js";
import { InputGate } from "./input.js";
import { Keys } from "./keys.js";
import { linkHandler } from "./links.js";
import { resetModes } from "./modes.js";
import { currentTheme, onThemeChange } from "./theme.js";
import { scrollByTouch } from "./touch.js";
import { WideCharacters } from "./wide.js";

// The player of recordings has the same terminal (replay/screen.js).
export { Terminal, WideCharacters, currentTheme, linkHandler, onThemeChange };

const STDERR = 2;
// Rows kept of a live output. A row of 100 columns takes 1.2 kB.
const SCROLLBACK = 20_000;
// xterm.js yields to the page between two writes, not within one.
const SLICE = 16 << 10;
const NOTHING = new Uint8Array();

// Whether the person for whom the page was made may type into this process: into any, or into those of templates. The document
// says so, or in pages of other applications the component around it. The server drops what others type.
function mayType(element) {
  const rights = element.closest("[data-rights]")?.dataset.rights.split(" ") ?? [];
  return rights.includes("type") || (rights.includes("input") && element.closest(".templated, .execdeck-templated") !== null);
}

export class Session {
  #element;
  #isTerminal;
  #terminal;
  #fit = new FitAddon();
  #callbacks;
  #cleanups = [];
  #drawing;
  #wide;
  #keys;
  // The incomplete end of the last chunk of each stream of a pipe.
  #tails = new Map();
  #budget;
  #stream = 0;
  #replayEnd = 0;
  #shownEnd = 0;
  #active = false;
  #follow = true;
  #held;
  #disposed = false;

  // `head`: show the beginning of the output, as much as the page may hold, instead of what comes. `changed(name, on)` says
  // whether the reader follows the tail ("follow") or whether Tab moves the focus ("tab").
  constructor(element, id, isTerminal, head, shown, typed, room, changed) {
    const links = linkHandler(element);
    this.#element = element;
    this.#isTerminal = isTerminal;
    this.#callbacks = { shown, typed, room, changed };
    const style = getComputedStyle(element);
    this.#terminal = new Terminal({
      // Pipes print line feeds alone.
      convertEol: !isTerminal,
      disableStdin: true,
      cursorInactiveStyle: "none",
      fontFamily: style.getPropertyValue("--font-mono"),
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: SCROLLBACK,
      smoothScrollDuration: 0,
      theme: currentTheme(element),
      minimumContrastRatio: 4.5,
      allowProposedApi: true,
      linkHandler: links,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(element);
    this.#takeFocus();
    this.#cleanups.push(() => links.dispose());
    this.#wide = new WideCharacters(this.#terminal);
    this.#drawing = new FastDrawing(this.#terminal, element, () => this.#scheduleFit());
    this.#cleanups.push(() => this.#drawing.dispose());
    this.#name();
    const gate = new InputGate(
      this.#terminal,
      id,
      () => this.#shownEnd >= this.#replayEnd,
      (bytes) => this.#active && this.#callbacks.typed(bytes),
    );
    this.#cleanups.push(() => gate.dispose());
    // Output must not touch the clipboard.
    this.#terminal.parser.registerOscHandler(52, () => true);
    this.#keys = new Keys(
      this.#terminal,
      (tabMoves) => this.#callbacks.changed("tab", tabMoves),
      () => this.#scrolledByUser(),
    );
    this.#terminal.onScroll(() => this.#held || this.#scrolled());
    this.#on(element, "wheel", () => requestAnimationFrame(() => this.#scrolledByUser()));
    this.#cleanups.push(scrollByTouch(this.#terminal, element, () => this.#scrolledByUser()));
    const observer = new ResizeObserver(() => this.#scheduleFit());
    observer.observe(element);
    this.#cleanups.push(() => observer.disconnect());
    this.#cleanups.push(onThemeChange(element, () => (this.#terminal.options.theme = currentTheme(element))));
    this.#fitNow();
    if (head) this.#showHead();
    element.session = this;
  }

  // Returns the offset up to which output is shown: less than `end` once the budget is spent.
  write(stream, bytes, end) {
    const taken = this.#budget ? this.#budget.take(bytes) : bytes;
    const shown = end - bytes.length + taken.length;
    // What is shown from its start is bounded, and stays where the reader is.
    if (!this.#budget) this.#drawing.count(taken.length);
    // A copy, since WebAssembly reuses the memory in the next call.
    const copy = taken.slice();
    this.#inTurn(() => (this.#isTerminal ? this.#writeSlices(copy, shown) : this.#writePipe(stream, copy, shown)), copy);
    return shown;
  }

  // A screen in place of everything, as it was at the offset.
  screen(bytes, cols, rows, offset) {
    const copy = bytes.slice();
    this.setSize(cols, rows);
    this.#inTurn(() => this.#terminal.write(copy, () => this.#parsed(offset)), copy);
  }

  // `replaces`: the last thing written was also a note.
  note(text, end, replaces) {
    this.#inTurn(() => {
      const line = `— ${text} —`;
      const start = replaces && line.length <= this.#terminal.cols ? "\x1b[A\r\x1b[2K" : "\r\n";
      this.#terminal.write(`${start}\x1b[0;2;3m${line}\x1b[0m\r\n`, () => this.#parsed(end));
      this.#stream = 0;
    });
  }

  // Lines shown of an output that is shown from its start.
  lines() {
    return this.#budget?.lines ?? 0;
  }

  // Output has ended: resets the modes that the program left on.
  end() {
    this.#inTurn(() => {
      for (const [stream, tail] of this.#tails) this.#writeColoured(stream, tail.flush());
      // CAN ends a sequence that was cut off. Behind it everything written so far has been parsed.
      this.#terminal.write("\x18", () => this.#disposed || resetModes(this.#terminal, () => this.#settle()));
    });
  }

  replayUntil(offset) {
    this.#replayEnd = Math.max(this.#replayEnd, offset);
  }

  setSize(cols, rows) {
    this.#inTurn(() => {
      if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows);
      if (this.#budget) this.#terminal.options.scrollback = Budget.rows(cols);
    });
  }

  setActive(active) {
    this.#active = active;
    this.#keys.setActive(active);
    this.#terminal.options.disableStdin = !active || !mayType(this.#element);
    this.#element.classList.toggle("active", active);
    this.#name();
  }

  setScreenReader(on) {
    this.#terminal.options.screenReaderMode = on;
  }

  setFollow(follow) {
    this.#follow = follow;
    this.#letGo();
    if (follow) return this.#terminal.scrollToBottom();
    const { viewportY, baseY, cursorY } = this.#terminal.buffer.active;
    this.#held = this.#terminal.registerMarker(viewportY - baseY - cursorY);
  }

  // The line at the top of what is seen.
  topLine() {
    const buffer = this.#terminal.buffer.active;
    return buffer.getLine(buffer.viewportY)?.translateToString(true) ?? "";
  }

  // All text in the buffer, for tests.
  text() {
    const buffer = this.#terminal.buffer.active;
    let text = "";
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      text += (line.isWrapped || row === 0 ? "" : "\n") + line.translateToString(true);
    }
    return text.trimEnd();
  }

  // For tests.
  get terminal() {
    return this.#terminal;
  }

  dispose() {
    this.#disposed = true;
    for (const cleanup of this.#cleanups) cleanup();
    if (this.#element.session === this) delete this.#element.session;
    this.#terminal.dispose();
  }

  // A click while the terminal was loading has focused its element. From now on a click beside the text keeps the focus.
  #takeFocus() {
    if (document.activeElement === this.#element) this.#terminal.focus();
    this.#element.removeAttribute("tabindex");
  }

  #name() {
    const name = this.#active ? "Terminal. Ctrl+M lets Tab move the focus out" : "Output. Arrow keys and Page Up/Down scroll";
    this.#terminal.textarea?.setAttribute("aria-label", name);
  }

  #showHead() {
    this.#budget = new Budget();
    this.#terminal.options.scrollback = Budget.rows(this.#terminal.cols);
    this.#callbacks.changed("follow", false);
    this.setFollow(false);
  }

  // Does something once it is known how wide the characters are that came before, and those of these bytes.
  #inTurn(action, bytes = NOTHING) {
    this.#wide.use(bytes, () => this.#disposed || action());
  }

  #writeSlices(copy, end) {
    const start = end - copy.length;
    let at = 0;
    do {
      // A query in a replay is not answered, one right behind it is: no slice holds both.
      const replayed = this.#replayEnd - start - at;
      const length = Math.min(SLICE, copy.length - at, replayed > 0 ? replayed : Infinity);
      const slice = copy.subarray(at, at + length);
      at += length;
      const shown = start + at;
      this.#terminal.write(slice, () => this.#parsed(shown, shown === end));
    } while (at < copy.length);
  }

  #writePipe(stream, bytes, end) {
    if (!this.#tails.has(stream)) this.#tails.set(stream, new StreamTail());
    this.#writeColoured(stream, this.#tails.get(stream).push(bytes));
    this.#terminal.write("", () => this.#parsed(end));
  }

  // Standard error in the colour of errors, unless the program sets its own.
  #writeColoured(stream, bytes) {
    if (bytes.length === 0) return;
    if (stream !== this.#stream) this.#terminal.write(stream === STDERR ? "\x1b[31m" : "\x1b[39m");
    this.#stream = stream;
    for (let at = 0; at < bytes.length; at += SLICE) this.#terminal.write(bytes.slice(at, at + SLICE));
  }

  #parsed(end, whole = true) {
    // xterm.js still parses what was written before it was disposed of.
    if (this.#disposed) return;
    this.#shownEnd = end;
    if (whole) this.#callbacks.shown(end);
    this.#settle();
  }

  #settle() {
    if (this.#disposed) return;
    if (this.#follow) this.#terminal.scrollToBottom();
    else this.#hold();
  }

  // A terminal at its end scrolls with the output, so the held line has to be scrolled back to once.
  // Not in `onScroll`: xterm.js updates its scroll position later, and would be one row off.
  #hold() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    if (!this.#held || this.#held.line < 0 || viewportY < baseY || this.#held.line >= baseY) return;
    this.#terminal.scrollToLine(this.#held.line);
  }

  #letGo() {
    this.#held?.dispose();
    this.#held = undefined;
  }

  #scrolledByUser() {
    this.#letGo();
    this.#scrolled();
  }

  #scrolled() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    const follow = viewportY >= baseY && !this.#budget;
    if (follow !== this.#follow) {
      this.#follow = follow;
      this.#callbacks.changed("follow", follow);
    }
  }

  #fitTimer;
  #scheduleFit() {
    clearTimeout(this.#fitTimer);
    this.#fitTimer = setTimeout(() => this.#fitNow(), 80);
  }

  // A terminal has the size the process has; this page can only ask for one. Pipes wrap at the page's width.
  #fitNow() {
    if (this.#disposed) return;
    const size = this.#fit.proposeDimensions();
    if (!size || !size.cols || !size.rows || Number.isNaN(size.cols)) return;
    const [cols, rows] = [Math.min(size.cols, 1000), Math.min(size.rows, 1000)];
    if (this.#isTerminal) this.#callbacks.room(cols, rows);
    else {
      this.setSize(cols, rows);
      // Lines that wrap elsewhere move what is seen.
      this.#settle();
    }
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler, { passive: true });
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}
