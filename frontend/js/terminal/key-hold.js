// Keys typed into a terminal are never the page's: not even when it has just stopped taking them, since the process has ended or the
// connection is lost. What was meant for the program would act on the page, up to starting a command. They are lost until whoever
// types looks up, and clicks or moves the focus.
export class KeyHold {
  #element;
  #isActive = false;

  constructor(element) {
    this.#element = element;
    element.addEventListener("focusout", this.#release);
    element.addEventListener("pointerdown", this.#release);
  }

  // Whether the terminal takes keys now.
  set(isActive) {
    this.#isActive = isActive;
    if (isActive || !this.#element.contains(document.activeElement)) this.#release();
  }

  dispose() {
    this.#element.removeEventListener("focusout", this.#release);
    this.#element.removeEventListener("pointerdown", this.#release);
    this.#isActive = false;
    this.#release();
  }

  #release = () => this.#element.classList.toggle("holds-keys", this.#isActive);
}
