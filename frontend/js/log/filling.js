// Has rows for what is seen of the lines and for a margin around it, and loads lines for them.

// Screens beyond what is seen for which there are rows.
const MARGIN = 1.5;
// Lines that are loaded together.
const COUNT = 120;

export class Filling {
  #scroller;
  #window;
  #lines;
  #events;
  // The directions in which more is being loaded.
  #loading = new Set();

  // `events`: `problem(error)`, `loaded()`, `filled()`: there is more to fill with, and `isSelected()`: whether the reader has selected
  // something.
  constructor(scroller, window, lines, events) {
    this.#scroller = scroller;
    this.#window = window;
    this.#lines = lines;
    this.#events = events;
  }

  // Other lines are shown: what is being loaded is not for them.
  begin() {
    this.#loading = new Set();
  }

  fill() {
    const margin = MARGIN * this.#scroller.clientHeight;
    const down = this.#window.extendDown(margin);
    const up = this.#window.extendUp(margin);
    this.#window.trim(2 * margin, this.#events.isSelected());
    if (down !== undefined) this.#loadMore(1, down);
    if (up !== undefined) this.#loadMore(-1, up);
  }

  // `task()` loads. Returns whether it could.
  async load(task) {
    try {
      await task();
      this.#events.loaded();
      return true;
    } catch (error) {
      this.#events.problem(error);
      return false;
    }
  }

  // Loads lines beyond the row at an end, in a direction.
  async #loadMore(way, edge) {
    const loading = this.#loading;
    if (loading.has(way)) return;
    loading.add(way);
    let isMore = false;
    const isLoaded = await this.load(async () => (isMore = await this.#lines.beyond(edge, way, COUNT)));
    loading.delete(way);
    if (!isLoaded || !isMore || loading !== this.#loading) return;
    // Colours may go on from there.
    if (way < 0) this.#window.renew();
    this.#events.filled();
  }
}
