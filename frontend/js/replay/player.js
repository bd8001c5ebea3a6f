// Plays a recording: knows the position, and draws the screen that belongs to it. A screen only goes forward: for an earlier position
// another one is drawn from the beginning, out of sight, and takes its place when it has got there.
import { Screen } from "../replay-screen.js";

// Characters that are drawn at once, so that the page can react in between.
const SLICE = 256 << 10;
// A tab that was not seen does not catch up with the time, in seconds.
const LONGEST_FRAME = 0.25;

export class Player {
  // In seconds, of the times that are shown.
  position = 0;
  speed = 1;
  // Pauses are shortened.
  isShort = true;
  isPlaying = true;
  // The reader holds the position: it does not go on.
  isHeld = false;
  #recording;
  #place;
  #changed;
  // `{screen, next, note, exit}`: what is seen, and what is drawn for an earlier position. `next`: the number of its next event.
  #shown;
  #drawn;
  #isBusy = false;
  #frame;
  #last;
  #isDisposed = false;

  // `place`: where the screen is. `changed()`: something of this is different.
  constructor(recording, place, changed) {
    this.#recording = recording;
    this.#place = place;
    this.#changed = changed;
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
  }

  get duration() {
    return this.#recording.timeline.duration(this.isShort);
  }

  get isAtEnd() {
    return this.#recording.isDone && this.position >= this.duration;
  }

  // What the recording says at the position beside output: what is missing, and how it ended.
  get note() {
    return this.#shown?.note;
  }

  get exit() {
    return this.#shown?.exit;
  }

  // How much of an earlier screen is drawn, between 0 and 1; undefined if none is.
  get seeking() {
    return this.#drawn && this.#drawn.next / Math.max(1, this.#wanted());
  }

  // There is more of the recording.
  grown() {
    this.#draw();
    this.#changed();
  }

  play(isPlaying) {
    if (isPlaying && this.isAtEnd) this.position = 0;
    this.isPlaying = isPlaying;
    this.seek(this.position);
  }

  seek(position) {
    this.position = Math.max(0, Math.min(position, this.duration));
    this.#draw();
    this.#changed();
  }

  // With shorter pauses or without: at the same place.
  shorten(isShort) {
    if (isShort === this.isShort) return;
    this.position = this.#recording.timeline.convert(this.position, this.isShort);
    this.isShort = isShort;
    this.seek(this.position);
  }

  // Whether what is seen belongs to the position already.
  get isDrawn() {
    return !this.#isBusy;
  }

  dispose() {
    this.#isDisposed = true;
    cancelAnimationFrame(this.#frame);
    this.#shown?.screen.dispose();
    this.#drawn?.screen.dispose();
  }

  #tick(now) {
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
    const passed = Math.min((now - (this.#last ?? now)) / 1000, LONGEST_FRAME);
    this.#last = now;
    // What takes long to draw is not skipped.
    if (!this.isPlaying || this.isHeld || this.#isBusy) return;
    this.position = Math.min(this.position + passed * this.speed, this.duration);
    if (this.isAtEnd) this.isPlaying = false;
    this.#draw();
    this.#changed();
  }

  // How many events are to be drawn.
  #wanted() {
    return this.#recording.timeline.count(this.position, this.isShort);
  }

  // Draws until the screen is that of the position, wherever that is meanwhile.
  async #draw() {
    if (this.#isBusy || this.#recording.events.length === 0) return;
    this.#isBusy = true;
    if (!this.#shown) {
      this.#shown = this.#begin();
      this.#shown.screen.show(this.#place);
    }
    while (!this.#isDisposed) {
      const wanted = this.#wanted();
      if (wanted >= this.#shown.next) this.#drop();
      else if (!this.#drawn || this.#drawn.next > wanted) {
        this.#drop();
        this.#drawn = this.#begin();
      }
      const target = this.#drawn ?? this.#shown;
      if (target.next === wanted) break;
      await this.#advance(target, wanted);
      if (this.#drawn) this.#changed();
    }
    if (this.#isDisposed) return;
    if (this.#drawn) {
      this.#drawn.screen.show(this.#place);
      this.#shown.screen.dispose();
      [this.#shown, this.#drawn] = [this.#drawn, undefined];
    }
    this.#isBusy = false;
    this.#changed();
  }

  #begin() {
    return { screen: new Screen(this.#place, this.#recording.cols, this.#recording.rows), next: 0 };
  }

  #drop() {
    this.#drawn?.screen.dispose();
    this.#drawn = undefined;
  }

  // Draws some of the events before the wanted one.
  async #advance(target, wanted) {
    const parts = [];
    let length = 0;
    while (target.next < wanted && length < SLICE) {
      const { kind, data } = this.#recording.events[target.next];
      if (kind === "o") {
        parts.push(data);
        length += data.length;
      } else if (kind !== "r") this.#note(target, kind, data);
      // A new size counts for what comes after it.
      else if (parts.length > 0) break;
      else resize(target.screen, data);
      target.next++;
    }
    if (parts.length > 0) await target.screen.write(parts.join(""));
  }

  #note(target, kind, data) {
    if (kind === "m") target.note = data;
    if (kind === "x") target.exit = data;
  }
}

function resize(screen, size) {
  const [cols, rows] = size.split("x").map(Number);
  if (cols >= 1 && rows >= 1) screen.resize(Math.min(cols, 1000), Math.min(rows, 1000));
}
