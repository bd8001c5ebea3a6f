// Where the reader goes: to the place of their last visit, to the line of the address, to what they enter, drag to or look for.
import { t } from "../../../app/js/texts.js";
import { linkedLine } from "./find-link.js";
import { PLACES, findPlace, readPlace } from "./jump.js";
import { Place } from "./place.js";

export class Moves {
  #lines;
  #rows;
  #view;
  #events;
  #place;
  // Where to go as soon as there is a line of this number: `{number, above}`.
  #wanted;
  #dragTo;
  #cleanups = [];

  // `events`: `followed(on)`, `failed(error)`, and `uncover(number)`: that line is to be shown, whatever else is.
  constructor(id, lines, rows, view, events) {
    this.#place = new Place(id);
    this.#lines = lines;
    this.#rows = rows;
    this.#view = view;
    this.#events = events;
    this.#on("hashchange", () => {
      this.#place.visit();
      if (linked()) this.#showLinked(linked());
    });
    this.#on("pagehide", () => this.keepPlace());
  }

  // Opens where the reader has been, or at the line that the address names, otherwise at the end.
  begin() {
    const [place, number] = [this.#place.read(), linked()];
    if (number) this.#rows.mark(number);
    this.#wanted = place?.follow ? undefined : place ?? (number && { number });
    if (!this.#wanted) return;
    this.#view.follow = false;
    this.#events.followed(false);
  }

  // There are more lines: maybe the one that is waited for.
  grown() {
    if (!(this.#wanted?.number <= this.#lines.total)) return;
    this.#view.show(this.#wanted.number, this.#wanted.above);
    this.#wanted = undefined;
  }

  keepPlace() {
    const place = this.#view.follow ? { follow: true } : this.#wanted ?? this.#view.place();
    if (place) this.#place.keep(place);
  }

  // Goes where a text says, and returns what is wrong with it if it cannot.
  async goTo(text) {
    const place = readPlace(text);
    if (!place) return t("Enter a line number, {start}, {end}, or a time such as 14:05.", PLACES);
    try {
      if (place.end) {
        await this.#view.toEnd();
      } else {
        const number = await findPlace(place, this.#lines);
        if (number === undefined) return t("These lines have no times.");
        if (text.trim().toLowerCase() === "start") await this.#view.toStart();
        else await this.#showMarked(number);
      }
      return undefined;
    } catch (error) {
      this.#events.failed(error);
      return t("Not reached. Try it again.");
    }
  }

  // Goes to a line that matches. `before`: the one whose turn it was.
  goToMatch(number, before) {
    this.#rows.remake([before, number]);
    if (!this.#view.isSeen(number)) this.#view.show(number);
    else this.stay();
  }

  // Whoever reads here wants to stay.
  stay() {
    if (!this.#view.follow) return;
    this.#view.setFollow(false);
    this.#events.followed(false);
  }

  // To a place between the start (0) and the end (1).
  async drag(fraction) {
    const isDragging = this.#dragTo !== undefined;
    this.#dragTo = fraction;
    // Only the last place counts while one is being loaded.
    if (isDragging) return;
    while (this.#dragTo !== undefined) {
      const to = this.#dragTo;
      await this.#view.toFraction(to);
      if (this.#dragTo === to) this.#dragTo = undefined;
    }
  }

  dispose() {
    this.keepPlace();
    for (const cleanup of this.#cleanups) cleanup();
  }

  async #showLinked(number) {
    await this.#events.uncover(number);
    await this.#showMarked(number);
  }

  async #showMarked(number) {
    this.#rows.mark(number);
    await this.#view.show(number);
  }

  #on(name, handler) {
    addEventListener(name, handler);
    this.#cleanups.push(() => removeEventListener(name, handler));
  }
}

const linked = () => linkedLine(location);
