// The terminal widget: xterm.js, made safe for untrusted output and paced by acknowledgements to the server.
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import "../../style/terminal.css";
import { t } from "../../app/js/texts.js";
import { FastDrawing } from "./draw.js";
import { InputGate } from "./input.js";
import { Keys } from "./keys.js";
import { linkHandler } from "./links.js";
import { cursorOf, keepLook, lookOf } from "./terminal/appearance.js";
import { Fit } from "./terminal/fit.js";
import { Follow } from "./terminal/follow.js";
import { KeyHold } from "./terminal/key-hold.js";
import { guardPaste } from "./terminal/paste.js";
import { preferences } from "./terminal/preferences.js";
import { SizeNote } from "./terminal/size-note.js";
import { Tools } from "./terminal/tools.js";
import { mayType } from "./terminal/rights.js";
import { Writer } from "./terminal/writer.js";
import { loadTools } from "./tools.js";

// The player of recordings has the same terminal (replay-screen.js).
export { linkHandler } from "./links.js";
export { currentTheme, onThemeChange } from "./theme.js";
export { WideCharacters } from "./wide.js";
export { Terminal };

const pause = () => new Promise((resolve) => setTimeout(resolve));

// What only some need: the ends of chunks of a pipe, and bounds where the beginning is shown.
async function loadParts(isTerminal, head) {
  return { ...(isTerminal ? {} : await import("./boundary.js")), ...(head ? await import("./budget.js") : {}) };
}

// Rows kept of a live output. A row of 100 columns takes 1.2 kB.
const SCROLLBACK = 20_000;

export class Session {
  #element;
  #isTerminal;
  #terminal;
  #callbacks;
  #cleanups = [];
  #writer;
  #follow;
  #fit;
  #hold;
  #drawing;
  #keys;
  #note;
  #budget;
  #active = false;

  // Making a terminal takes a while on a phone: between the steps the page can react.
  static async open(element, id, isTerminal, head, ...rest) {
    const parts = await loadParts(isTerminal, head);
    const links = linkHandler(element);
    const terminal = new Terminal({
      // Pipes print line feeds alone.
      convertEol: !isTerminal,
      disableStdin: true,
      cursorInactiveStyle: "none",
      lineHeight: 1.25,
      scrollback: SCROLLBACK,
      smoothScrollDuration: 0,
      allowProposedApi: true,
      linkHandler: links,
      ...lookOf(element),
    });
    await pause();
    terminal.open(element);
    await pause();
    return new Session(terminal, links, parts, element, id, isTerminal, head, ...rest);
  }

  // `head`: show the beginning of the output, as much as the page may hold, instead of what comes. `changed(name, on)` says
  // whether the reader follows the tail ("follow") or whether Tab moves the focus ("tab").
  constructor(terminal, links, { StreamTail, Budget }, element, id, isTerminal, head, shown, typed, room, changed) {
    this.#terminal = terminal;
    this.#element = element;
    this.#isTerminal = isTerminal;
    this.#callbacks = { typed, room, changed };
    const scrolled = () => this.#follow.scrolledByUser();
    const isLive = () => this.#isTyping();
    this.#fit = new Fit(terminal, element, (cols, rows) => this.#hasRoom(cols, rows));
    this.#takeFocus();
    this.#writer = new Writer(terminal, StreamTail, { shown, settled: () => this.#follow.settle() });
    this.#follow = new Follow(terminal, () => this.#budget, (follow) => changed("follow", follow));
    this.#drawing = new FastDrawing(terminal, element, () => this.#fit.again());
    this.#note = new SizeNote(terminal, element);
    this.#hold = new KeyHold(element);
    const gate = new InputGate(terminal, id, () => this.#writer.isLive(), (bytes, byUser) => this.#active && typed(bytes, byUser));
    const tools = new Tools(terminal, element, loadTools, scrolled, isLive);
    // Output must not touch the clipboard.
    terminal.parser.registerOscHandler(52, () => true);
    this.#keys = new Keys(terminal, {
      tab: (moves) => changed("tab", moves),
      scrolled,
      asked: (name) => (name === "search" ? tools.search() : preferences.zoom({ larger: 1, smaller: -1, initial: 0 }[name])),
    });
    this.#name();
    this.#on(element, "wheel", () => requestAnimationFrame(scrolled));
    for (const part of [links, this.#drawing, this.#hold, gate, this.#fit, this.#note, tools]) this.#cleanups.push(() => part.dispose());
    if (navigator.maxTouchPoints > 0) {
      const touch = import("./touch.js").then(({ scrollByTouch }) => scrollByTouch(terminal, element, scrolled));
      this.#cleanups.push(() => touch.then((leave) => leave(), () => {}));
      touch.catch(() => {});
    }
    this.#cleanups.push(keepLook(terminal, element, () => this.#fit.again()));
    this.#cleanups.push(guardPaste(terminal, isLive, (text) => tools.ask(text)));
    this.#fit.now();
    if (head) this.#showHead(new Budget());
    element.session = this;
  }

  // Returns the offset up to which output is shown: less than `end` once the budget is spent.
  write(stream, bytes, end) {
    const taken = this.#budget ? this.#budget.take(bytes) : bytes;
    const shown = end - bytes.length + taken.length;
    // What is shown from its start is bounded, and stays where the reader is.
    if (!this.#budget) this.#drawing.count(taken.length);
    // A copy, since WebAssembly reuses the memory in the next call.
    this.#writer.write(stream, taken.slice(), shown);
    return shown;
  }

  // A screen in place of everything, as it was at the offset.
  screen(bytes, cols, rows, offset) {
    const copy = bytes.slice();
    this.setSize(cols, rows);
    this.#writer.screen(copy, offset);
  }

  // `replaces`: the last thing written was also a note.
  note(text, end, replaces) {
    this.#writer.note(text, end, replaces);
  }

  // Lines shown of an output that is shown from its start.
  lines() {
    return this.#budget?.lines ?? 0;
  }

  end() {
    this.#writer.end();
  }

  replayUntil(offset) {
    this.#writer.replayUntil(offset);
  }

  setSize(cols, rows) {
    this.#writer.inTurn(() => {
      if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows);
      if (this.#budget) this.#terminal.options.scrollback = this.#budget.rows(cols);
    });
  }

  setActive(active) {
    this.#active = active;
    const isTyping = this.#isTyping();
    this.#keys.setTyping(isTyping);
    this.#terminal.options.disableStdin = !isTyping;
    this.#element.classList.toggle("active", isTyping);
    // Also in pages of other applications, which learn later what one may do.
    Object.assign(this.#terminal.options, cursorOf(this.#element));
    this.#hold.set(active);
    if (this.#isTerminal) this.#note.setReason(!active ? "" : isTyping ? t("{size}, as small as the smallest window that shows it") : t("{size}, set by those who can type"));
    this.#name();
  }

  setScreenReader(on) {
    this.#terminal.options.screenReaderMode = on;
  }

  setFollow(follow) {
    this.#follow.set(follow);
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
    this.#writer.dispose();
    for (const cleanup of this.#cleanups) cleanup();
    if (this.#element.session === this) delete this.#element.session;
    this.#terminal.dispose();
  }

  // Whether the program gets what is typed.
  #isTyping() {
    return this.#active && mayType(this.#element);
  }

  // A click while the terminal was loading has focused its element. From now on a click beside the text keeps the focus.
  #takeFocus() {
    if (document.activeElement === this.#element) this.#terminal.focus();
    this.#element.removeAttribute("tabindex");
  }

  #name() {
    const name = this.#isTyping() ? t("Terminal. Ctrl+M lets Tab move the focus out") : t("Output. Arrow keys and Page Up/Down scroll");
    this.#terminal.textarea?.setAttribute("aria-label", name);
  }

  #showHead(budget) {
    this.#budget = budget;
    this.#terminal.options.scrollback = budget.rows(this.#terminal.cols);
    this.#callbacks.changed("follow", false);
    this.setFollow(false);
  }

  // A terminal has the size the process has; this page can only ask for one. Pipes wrap at the page's width.
  #hasRoom(cols, rows) {
    if (this.#isTerminal) {
      this.#note.setRoom(cols, rows);
      this.#callbacks.room(cols, rows);
    } else {
      this.setSize(cols, rows);
      // Lines that wrap elsewhere move what is seen.
      this.#follow.settle();
    }
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler, { passive: true });
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}
