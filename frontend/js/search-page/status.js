// How far the search is, what has become of it, and the button that ends it.
import { make } from "../dom.js";
import { size } from "../format.js";

const counted = (number, one, many) => `${number.toLocaleString()} ${number === 1 ? one : many}`;
const matches = (number) => counted(number, "match", "matches");
const processes = (number) => counted(number, "process", "processes");

export class Status {
  // What is read out: how it ends, and not each step on the way.
  #state = make("p", { role: "status" }, "Searching…");
  #progress = make("p", { className: "muted search-progress" });
  #stop = make("button", { type: "button" }, "Stop");
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
    if (limited) this.#end(`First ${matches(found.hits)} found; narrow the search`);
    else if (end.processes === 0) this.#nothing();
    else if (found.hits === 0) this.#end("No matches");
    else this.#end(`${cut.length > 0 ? "More than " : ""}${matches(found.hits)} in ${processes(found.processes)}`);
  }

  // What has printed nothing does not count as searched.
  #nothing() {
    this.#end(this.#isNarrowed ? "No processes match" : "No output to search");
    this.#progress.textContent = "Processes that have printed nothing are not searched.";
  }

  stopped({ hits }) {
    this.#end(`Stopped: ${matches(hits)}`);
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
    const far = of > searched ? `${searched.toLocaleString()} of ${processes(of)}` : processes(searched);
    const found = this.#hits > 0 ? `, ${matches(this.#hits)} so far` : "";
    this.#progress.textContent = `${far}, ${size(bytes)} searched${found}`;
  }
}
