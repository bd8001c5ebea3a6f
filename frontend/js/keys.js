// The keyboard: what the program gets, what scrolls, and the way out.

export class Keys {
  #terminal;
  #active = false;
  #tabMoves = false;
  #changed;
  #scrolled;

  // `tabMovesChanged` hears whether Tab moves the focus; `scrolled` is called when a key has scrolled.
  constructor(terminal, tabMovesChanged, scrolled) {
    this.#terminal = terminal;
    this.#changed = tabMovesChanged;
    this.#scrolled = scrolled;
    terminal.attachCustomKeyEventHandler((event) => this.#forProgram(event));
  }

  // Whether a program takes what is typed.
  setActive(active) {
    this.#active = active;
  }

  #forProgram(event) {
    const plain = !event.altKey && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!this.#active) {
      // What the terminal does not take is the page's: Tab moves on, letters are shortcuts.
      if (event.type === "keydown" && plain && this.#scroll(event.key)) event.preventDefault();
      return false;
    }
    // A terminal takes Tab, so that a keyboard alone could not leave it. The same key as in VS Code; Enter types what
    // Ctrl+M would.
    if (event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && event.code === "KeyM") {
      if (event.type === "keydown") this.#changed((this.#tabMoves = !this.#tabMoves));
      event.preventDefault();
      return false;
    }
    if (this.#tabMoves && event.key === "Tab") return false;
    // The browser copies and pastes.
    return !(event.ctrlKey && event.shiftKey && (event.key === "C" || event.key === "V"));
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
    this.#scrolled();
    return true;
  }
}
