// Asks for new lines again and again while the page is seen: soon after there were some, later otherwise, and not once a process has
// ended.

// In milliseconds.
const SOON = 250;
const LATER = 1000;
const FAILED = 2000;

export class Follower {
  #refresh;
  #isActive;
  #timer;
  #isAsking = false;
  #isHurried = false;
  // What was asked for after the last process had ended brought nothing new.
  #isOver = false;

  // `refresh()` resolves to whether there was something new, and may fail. `isActive()`: whether there may be more.
  constructor(refresh, isActive) {
    this.#refresh = refresh;
    this.#isActive = isActive;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    this.hurry();
  }

  // Asks at once: what may be printed has changed.
  hurry() {
    if (this.#isOver && !this.#isActive()) return;
    this.#isHurried = true;
    if (!this.#isAsking) this.#plan(0);
  }

  #plan(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), pause);
  }

  async #ask() {
    // When the page is seen again it goes on.
    if (this.#isAsking || document.visibilityState !== "visible") return;
    this.#isAsking = true;
    this.#isHurried = false;
    // What is printed before the end is there once the end is known.
    const isActive = this.#isActive();
    let pause;
    try {
      const isNews = await this.#refresh();
      this.#isOver = !isActive && !isNews;
      pause = isNews ? SOON : isActive ? LATER : undefined;
    } catch (error) {
      // What the server refuses it would refuse again.
      pause = error.isFinal ? undefined : FAILED;
    }
    this.#isAsking = false;
    if (this.#isHurried) pause = 0;
    if (pause !== undefined) this.#plan(pause);
  }
}
