// Goes to where somebody wants to in the merged list: its start, its end, a time, or a line of a process.
import { t } from "../../../app/js/texts.js";
import { PLACES, clockTime, precisionOf, readPlace } from "../log/jump.js";
import { cutAt } from "./cuts.js";

export class Going {
  #lines;
  #rows;
  #view;

  constructor(lines, rows, view) {
    this.#lines = lines;
    this.#rows = rows;
    this.#view = view;
  }

  // Goes where a text says, and returns what is wrong with it if it cannot.
  async goTo(text) {
    const place = readPlace(text);
    if (!place || place.line > 1) return t("Enter {start}, {end}, or a time such as 14:05.", PLACES);
    if (place.end) await this.#view.toEnd();
    else if (place.line) await this.#view.toStart();
    else return this.#goToTime(place, precisionOf(text));
    return undefined;
  }

  // Goes to a line of a process; `at` is its time. Returns its number, if it could.
  async goToLine({ feed, own, at }) {
    const number = this.#lines.numberOf(feed, own);
    if (number !== undefined) {
      if (!this.#view.isSeen(number)) await this.#view.show(number);
      return number;
    }
    return this.#goToCuts((feeds) =>
      Promise.all(feeds.map((other, index) => (other === feed ? own : cutAt(other, (time) => time > at || (time === at && index > feeds.indexOf(feed)))))),
    );
  }

  async #goToTime(place, precision) {
    const ends = await this.#lines.ends().catch(() => undefined);
    if (!ends) return t("Not reached. Try it again.");
    const [first, last] = ends.map((time) => Date.parse(time));
    const time = place.time ?? clockTime(place.clock, first, last);
    if (Number.isNaN(first) || time === undefined) return t("These lines have no times.");
    if (time + precision <= first) return t("The first line is later: {time}.", { time: shown(first) });
    if (time > last) return t("The last line is earlier: {time}.", { time: shown(last) });
    // Without the zone at the end: the times of lines go on with finer digits.
    const from = new Date(time).toISOString().slice(0, -1);
    const number = await this.#goToCuts((feeds) => Promise.all(feeds.map((feed) => cutAt(feed, (other) => other >= from))));
    // Otherwise the reader has gone elsewhere meanwhile.
    if (number !== undefined) this.#rows.mark(number);
    return undefined;
  }

  async #goToCuts(cuts) {
    const place = this.#lines.placeAt(cuts);
    await this.#view.show(place);
    return this.#lines.landing(place);
  }
}

const shown = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
