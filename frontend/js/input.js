// Decides what goes from the terminal to the process: always what a person types, and what the terminal answers by itself
// only in the tab in which somebody typed last. A page that is merely open must never type into a process.
//
// xterm.js answers queries (device attributes, cursor position, colours, modes, …) and reports focus and mouse through
// the same event as typing. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html

const FOCUS_REPORT = /^\x1b\[[IO]$/;
const MOUSE_REPORT = /^\x1b\[[<M]/;
// Of the pointer, while no button is held: a motion (32) of none (3), with or without Shift, Alt and Ctrl (4, 8, 16).
const POINTER_MOVE = /^\x1b\[<(35|39|43|47|51|55|59|63);/;
const encoder = new TextEncoder();

export class InputGate {
  #terminal;
  #name;
  #live;
  #send;
  #byUser = false;
  // Open while this is the tab that typed last; the next tab that types sends a message on it.
  #typing;

  // `id` names the process, `live` tells whether the output being shown is new, `send` takes bytes, and whether a person
  // typed them.
  constructor(terminal, id, live, send) {
    this.#terminal = terminal;
    this.#name = `execdeck.typing.${id}`;
    this.#live = live;
    this.#send = send;
    // The public API does not tell typing from answers.
    terminal._core.coreService.onUserInput(() => (this.#byUser = true));
    terminal.onData((data) => {
      const byUser = this.#byUser;
      this.#byUser = false;
      if (byUser ? this.#mayType(data) : this.#mayAnswer(data)) this.#send(encoder.encode(data), byUser && !POINTER_MOVE.test(data));
    });
    // Binary data are mouse reports in the oldest encoding.
    terminal.onBinary((data) => this.#mayType(data) && this.#send(Uint8Array.from(data, (c) => c.charCodeAt(0)), true));
    // On the alternate screen the wheel types cursor keys.
    terminal.attachCustomWheelEventHandler(() => this.#terminal.buffer.active.type === "normal" || this.#focused());
  }

  dispose() {
    this.#typing?.close();
    this.#typing = undefined;
  }

  #mayType(data) {
    // Moving the pointer across the page is not typing.
    if (MOUSE_REPORT.test(data) && !this.#focused()) return false;
    if (!this.#typing) {
      this.#typing = new BroadcastChannel(this.#name);
      this.#typing.onmessage = () => this.dispose();
      this.#typing.postMessage("typing");
    }
    return true;
  }

  #mayAnswer(data) {
    if (!this.#typing || !this.#live()) return false;
    return FOCUS_REPORT.test(data) || this.#focused();
  }

  #focused() {
    return document.hasFocus() && document.activeElement === this.#terminal.textarea;
  }
}
