// The terminal that a recording is drawn in. It is connected to nothing: what it would answer goes nowhere.
import { Terminal, WideCharacters, currentTheme, linkHandler, onThemeChange } from "./terminal.js";

const SCROLLBACK = 1000;
// Letters are as large as fits, within these sizes in pixels.
const [SMALLEST, LARGEST] = [6, 18];
const MEASURED = 13;

const encoder = new TextEncoder();

export class Screen {
  #terminal;
  #wide;
  #element;
  #cleanups = [];

  // Nothing is seen of it until it is shown. `place`: where it will be.
  constructor(place, cols, rows) {
    const links = linkHandler(place);
    this.#terminal = new Terminal({
      cols,
      rows,
      disableStdin: true,
      cursorInactiveStyle: "outline",
      fontFamily: getComputedStyle(place).getPropertyValue("--font-mono"),
      fontSize: MEASURED,
      lineHeight: 1.2,
      scrollback: SCROLLBACK,
      theme: currentTheme(place),
      minimumContrastRatio: 4.5,
      allowProposedApi: true,
      linkHandler: links,
    });
    // The keys are the player's.
    this.#terminal.attachCustomKeyEventHandler(() => false);
    this.#wide = new WideCharacters(this.#terminal);
    this.#cleanups.push(() => links.dispose(), onThemeChange(place, () => (this.#terminal.options.theme = currentTheme(place))));
  }

  // Resolves once it is drawn.
  write(text) {
    const bytes = encoder.encode(text);
    return new Promise((resolve) => this.#wide.use(bytes, () => this.#terminal.write(bytes, resolve)));
  }

  resize(cols, rows) {
    this.#terminal.resize(cols, rows);
    this.fit();
  }

  // Takes the place of whatever is there.
  show(place) {
    this.#element = document.createElement("div");
    this.#element.className = "replay-terminal";
    place.append(this.#element);
    this.#terminal.open(this.#element);
    this.#terminal.textarea.tabIndex = -1;
    this.fit();
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(place);
    this.#cleanups.push(() => observer.disconnect());
  }

  // Chooses the size of letters with which all of it fits.
  fit() {
    const drawn = this.#element?.querySelector(".xterm-screen");
    const place = this.#element?.parentElement;
    if (!drawn?.offsetWidth || !place) return;
    const { cols, rows, options } = this.#terminal;
    this.#measures ??= { width: drawn.offsetWidth / cols / options.fontSize, height: drawn.offsetHeight / rows / options.fontSize };
    const { width, height } = this.#measures;
    const style = getComputedStyle(place);
    const room = [place.clientWidth - 2 * parseFloat(style.paddingLeft), place.clientHeight - 2 * parseFloat(style.paddingTop)];
    const size = Math.floor(2 * Math.min(room[0] / cols / width, room[1] / rows / height)) / 2;
    options.fontSize = Math.max(SMALLEST, Math.min(size, LARGEST));
  }
  #measures;

  dispose() {
    for (const cleanup of this.#cleanups) cleanup();
    this.#terminal.dispose();
    this.#element?.remove();
  }
}
