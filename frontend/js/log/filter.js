// Shows the lines of one stream alone. That it does is said for as long as it does.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";

const CHOICES = [["", t("All")], ["stdout", "stdout"], ["stderr", "stderr"]];
const LOOKING = { stdout: t("Looking for standard output …"), stderr: t("Looking for standard error …") };
const SHOWN = { stdout: t("Only standard output is shown."), stderr: t("Only standard error is shown.") };
const NONE = { stdout: t("There is no standard output."), stderr: t("There is no standard error.") };

export class Filter {
  // The choice, offered once there is one.
  element = make("select", { className: "log-select", "aria-label": t("Stream to show"), hidden: true }, ...CHOICES.map(([value, text]) => make("option", { value }, text)));
  #text = make("span", { role: "status" });
  #note = make("p", { className: "log-filter", hidden: true }, this.#text, make("button", { type: "button", className: "ghost small" }, t("Show all")));
  #source;
  #chosen;
  #isAsked = false;

  // `chosen()` shows other lines, and returns a promise whether there are any.
  constructor(source, chosen) {
    this.#source = source;
    this.#chosen = chosen;
    this.element.addEventListener("change", () => this.choose(this.element.value));
    this.#note.querySelector("button").addEventListener("click", () => {
      this.choose("");
      this.element.focus();
    });
  }

  get note() {
    return this.#note;
  }

  async choose(stream) {
    if (stream === (this.#source.stream ?? "")) return;
    this.element.value = stream;
    this.#source.choose(stream || undefined);
    this.#note.hidden = stream === "";
    this.#text.textContent = LOOKING[stream] ?? "";
    const shown = this.#chosen();
    const { stream: now } = this.#source;
    this.tell(await shown, now);
  }

  // An address names a line of the output, not of what is shown of it.
  async uncover(number) {
    if (this.#source.stream && !this.#source.get(number)) await this.choose("");
  }

  // Says what is shown, and whether there is any of it. `stream`: what was chosen when that was found out.
  tell(hasLines, stream = this.#source.stream) {
    if (!stream || stream !== this.#source.stream) return;
    const text = (hasLines ? SHOWN : NONE)[stream];
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }

  // Offers the choice if lines of both streams are there. Those that were not loaded are asked for once.
  async offer() {
    if (!this.element.hidden || this.#source.total === 0) return;
    const missing = Object.keys(NONE).filter((stream) => !this.#source.all.streams.has(stream));
    if (missing.length === 0) this.element.hidden = false;
    else if (!this.#isAsked) {
      this.#isAsked = true;
      const found = await Promise.all(missing.map((stream) => this.#source.firstOf(stream))).catch(() => [{ line: undefined, isKnown: true }]);
      if (found.every(({ line, isKnown }) => line || !isKnown)) this.element.hidden = false;
    }
  }
}
