// The keyboard: which keys go to the program, which scroll, and how to leave the terminal.

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

  // Whether the program accepts input.
  setActive(active) {
    this.#active = active;
  }

  #forProgram(event) {
    const plain = !event.altKey && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!this.#active) {
      // Other keys belong to the page: Tab moves the focus, letters are shortcuts.
      if (event.type === "keydown" && plain && this.#scroll(event.key)) event.preventDefault();
      return false;
    }
    // The terminal takes Tab, so there must be another way out by keyboard. The key is that of VS Code; nothing is lost,
    // since Enter types the same as Ctrl+M.
    if (event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && event.code === "KeyM") {
      if (event.type === "keydown") this.#changed((this.#tabMoves = !this.#tabMoves));
      event.preventDefault();
      return false;
    }
    if (this.#tabMoves && event.key === "Tab") return false;
    // Copying and pasting is the browser's.
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
