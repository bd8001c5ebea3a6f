// The keyboard: which keys go to the program, which scroll, which are the page's, and how to leave the terminal.
import { isClipboardKey, shortcut } from "./terminal/shortcuts.js";

export class Keys {
  #terminal;
  #isTyping = false;
  #tabMoves = false;
  #events;

  // `events`: `tab(moves)` says whether Tab moves the focus, `scrolled()` that a key has scrolled, `asked(name)` that a shortcut was pressed.
  constructor(terminal, events) {
    this.#terminal = terminal;
    this.#events = events;
    terminal.attachCustomKeyEventHandler((event) => this.#forProgram(event));
  }

  // Whether the program gets what is typed.
  setTyping(isTyping) {
    this.#isTyping = isTyping;
  }

  #forProgram(event) {
    const plain = !event.altKey && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    const asked = shortcut(event, this.#isTyping);
    if (asked) {
      if (event.type === "keydown") this.#events.asked(asked);
      event.preventDefault();
      return false;
    }
    if (!this.#isTyping) {
      // Other keys belong to the page: Tab moves the focus, letters are shortcuts.
      if (event.type === "keydown" && plain && this.#scroll(event.key)) event.preventDefault();
      return false;
    }
    // The terminal takes Tab, so there must be another way out by keyboard. The key is that of VS Code; nothing is lost,
    // since Enter types the same as Ctrl+M.
    if (event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && event.code === "KeyM") {
      if (event.type === "keydown") this.#events.tab((this.#tabMoves = !this.#tabMoves));
      event.preventDefault();
      return false;
    }
    if (this.#tabMoves && event.key === "Tab") return false;
    return !isClipboardKey(event);
  }

  #scroll(key) {
    const ways = {
      ArrowUp: () => this.#terminal.scrollLines(-1),
      ArrowDown: () => this.#terminal.scrollLines(1),
      PageUp: () => this.#terminal.scrollPages(-1),
      PageDown: () => this.#terminal.scrollPages(1),
      Home: () => this.#terminal.scrollToTop(),
      End: () => this.#terminal.scrollToBottom(),
    };
    if (!Object.hasOwn(ways, key)) return false;
    ways[key]();
    this.#events.scrolled();
    return true;
  }
}
