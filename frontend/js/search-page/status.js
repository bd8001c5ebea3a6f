// How far the search is, what has become of it, and the button that ends it.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { size } from "../format.js";

const inDigits = (number) => ({ count: number.toLocaleString() });
const matches = (number) => plural(number, "{count} match", "{count} matches", inDigits(number));
const processes = (number) => plural(number, "{count} process", "{count} processes", inDigits(number));

export class Status {
  // What is read out: how it ends, and not each step on the way.
  #state = make("p", { role: "status" }, t("Searching…"));
  #progress = make("p", { className: "muted search-progress" });
  #stop = make("button", { type: "button" }, t("Stop"));
  #last = { searched: 0, processes: 0 };
  #hits = 0;
  #isDrawn = false;
  element = make("div", { className: "search-status" }, this.#state, this.#progress, this.#stop);

  #isNarrowed;

  // `stop()` ends the search. `isNarrowed`: not all processes are searched.
  constructor(stop, isNarrowed) {
    this.#isNarrowed = isNarrowed;
    this.#stop.addEventListener("click", stop);
  }

  found({ hits }) {
    this.#hits = hits;
    this.#draw();
  }

  progress(progress) {
    this.#last = progress;
    this.#draw();
  }

  done({ limited, cut = [], ...end }, found) {
    this.#last = end;
    if (limited) this.#end(plural(found.hits, "First {count} match found; narrow the search", "First {count} matches found; narrow the search", inDigits(found.hits)));
    else if (end.processes === 0) this.#nothing();
    else if (found.hits === 0) this.#end(t("No matches"));
    else {
      const values = { matches: matches(found.hits), processes: processes(found.processes) };
      this.#end(cut.length > 0 ? t("More than {matches} in {processes}", values) : t("{matches} in {processes}", values));
    }
  }

  // What has printed nothing does not count as searched.
  #nothing() {
    this.#end(this.#isNarrowed ? t("No processes match") : t("No output to search"));
    this.#progress.textContent = t("Processes that have printed nothing are not searched.");
  }

  stopped({ hits }) {
    this.#end(t("Stopped: {matches}", { matches: matches(hits) }));
  }

  failed(message, { hits }) {
    this.#end(hits > 0 ? matches(hits) : "");
    this.element.append(make("p", { className: "note failed", role: "alert" }, message));
  }

  #end(text) {
    this.#hits = 0;
    this.#tell();
    this.#state.textContent = text;
    // The focus stays where the reader is.
    if (document.activeElement === this.#stop) {
      this.#state.tabIndex = -1;
      this.#state.focus();
    }
    this.#stop.remove();
  }

  // Once a frame, however much comes.
  #draw() {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    requestAnimationFrame(() => {
      this.#isDrawn = false;
      if (this.#stop.isConnected) this.#tell();
    });
  }

  #tell() {
    const { processes: searched, of, searched: bytes } = this.#last;
    const part = () => plural(of, "{searched} of {count} process", "{searched} of {count} processes", { ...inDigits(of), searched: searched.toLocaleString() });
    const values = { processes: of > searched ? part() : processes(searched), size: size(bytes), matches: matches(this.#hits) };
    this.#progress.textContent = this.#hits > 0 ? t("{processes}, {size} searched, {matches} so far", values) : t("{processes}, {size} searched", values);
  }
}
