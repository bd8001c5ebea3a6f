// The terminal widget: xterm.js, made safe for output that nobody vouches for, and with a pace that the server knows.
import { Terminal } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";
import { WebglAddon } from "@xterm/addon-webgl";
import "@xterm/xterm/css/xterm.css";
import { denyQueries } from "./queries.js";
import { currentTheme, onThemeChange } from "./theme.js";

const STDERR = 2;
const encoder = new TextEncoder();

export class TerminalSession {
  #element;
  #isTerminal;
  #terminal;
  #fit = new FitAddon();
  #callbacks;
  #cleanups = [];
  #stream = 0;
  #replayEnd = 0;
  #shownEnd = 0;
  #active = false;
  #follow = true;
  #held;

  constructor(element, isTerminal, shown, typed, room, following) {
    this.#element = element;
    this.#isTerminal = isTerminal;
    this.#callbacks = { shown, typed, room, following };
    const style = getComputedStyle(element);
    this.#terminal = new Terminal({
      // Pipes print line feeds alone.
      convertEol: !isTerminal,
      disableStdin: true,
      cursorInactiveStyle: "none",
      fontFamily: style.getPropertyValue("--font-mono"),
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: 50_000,
      smoothScrollDuration: 0,
      theme: currentTheme(element),
      allowProposedApi: true,
      // Links come from the output: only such as can do no harm, and the new page learns nothing of this one.
      linkHandler: {
        activate: (_event, address) => {
          if (/^(https?|mailto):/i.test(address)) window.open(address, "_blank", "noopener,noreferrer");
        },
      },
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(element);
    // Without a graphics processor the DOM renderer stays.
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch {
      element.dataset.renderer = "dom";
    }
    this.#terminal.textarea?.setAttribute("aria-label", "Terminal");
    denyQueries(this.#terminal, () => this.#shownEnd < this.#replayEnd);
    this.#terminal.onData((data) => this.#active && this.#callbacks.typed(encoder.encode(data)));
    this.#terminal.onBinary((data) => this.#active && this.#callbacks.typed(Uint8Array.from(data, (c) => c.charCodeAt(0))));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#terminal.onScroll(() => this.#held || this.#scrolled());
    for (const scroll of ["wheel", "touchmove"]) {
      this.#on(element, scroll, () => requestAnimationFrame(() => this.#letGo() || this.#scrolled()));
    }
    const observer = new ResizeObserver(() => this.#scheduleFit());
    observer.observe(element);
    this.#cleanups.push(() => observer.disconnect());
    this.#cleanups.push(onThemeChange(() => (this.#terminal.options.theme = currentTheme(element))));
    this.#fitNow();
    element.session = this;
  }

  write(stream, bytes, end) {
    // Standard error in the colour of errors, unless the program sets its own.
    if (!this.#isTerminal && stream !== this.#stream) {
      this.#terminal.write(stream === STDERR ? "\x1b[31m" : "\x1b[39m");
    }
    this.#stream = stream;
    // A copy: the bytes lie in memory that the next call uses again.
    this.#terminal.write(bytes.slice(), () => this.#parsed(end));
  }

  note(text, end) {
    this.#terminal.write(`\r\n\x1b[0;2;3m— ${text} —\x1b[0m\r\n`, () => this.#parsed(end));
    this.#stream = 0;
  }

  replayUntil(offset) {
    this.#replayEnd = Math.max(this.#replayEnd, offset);
  }

  setSize(cols, rows) {
    if (cols !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(cols, rows);
  }

  setActive(active) {
    this.#active = active;
    this.#terminal.options.disableStdin = !active;
    this.#element.classList.toggle("active", active);
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

  // All text that is kept, for tests and for those who want to copy it.
  text() {
    const buffer = this.#terminal.buffer.active;
    let text = "";
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      text += (line.isWrapped || row === 0 ? "" : "\n") + line.translateToString(true);
    }
    return text.trimEnd();
  }

  dispose() {
    for (const cleanup of this.#cleanups) cleanup();
    delete this.#element.session;
    this.#terminal.dispose();
  }

  #parsed(end) {
    this.#shownEnd = end;
    this.#callbacks.shown(end);
    if (this.#follow) this.#terminal.scrollToBottom();
    else this.#hold();
  }

  // At its end the terminal scrolls with the output whatever the switch says; once it is scrolled back it stays.
  // Not from `onScroll`: xterm.js has not moved its own scroll position yet then, and would be one row off.
  #hold() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    if (!this.#held || this.#held.line < 0 || viewportY < baseY || this.#held.line >= baseY) return;
    this.#terminal.scrollToLine(this.#held.line);
  }

  #letGo() {
    this.#held?.dispose();
    this.#held = undefined;
  }

  #scrolled() {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    const follow = viewportY >= baseY;
    if (follow !== this.#follow) {
      this.#follow = follow;
      this.#callbacks.following(follow);
    }
  }

  // What the terminal does not take is the page's: Tab moves on, letters are shortcuts. Copying works in any case.
  #key(event) {
    if (!this.#active) return false;
    return !(event.ctrlKey && event.shiftKey && (event.key === "C" || event.key === "V"));
  }

  #fitTimer;
  #scheduleFit() {
    clearTimeout(this.#fitTimer);
    this.#fitTimer = setTimeout(() => this.#fitNow(), 80);
  }

  // A terminal's size is the process's; the room here is a wish. Pipes wrap where the page ends.
  #fitNow() {
    const size = this.#fit.proposeDimensions();
    if (!size || !size.cols || !size.rows || Number.isNaN(size.cols)) return;
    const [cols, rows] = [Math.min(size.cols, 1000), Math.min(size.rows, 1000)];
    if (this.#isTerminal) this.#callbacks.room(cols, rows);
    else this.setSize(cols, rows);
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler, { passive: true });
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}
