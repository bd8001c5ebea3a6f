// One of the outputs side by side: the lines of a process, as its own page has them in the log.
import { t } from "../../../app/js/texts.js";
import { gapRow } from "../log/row.js";
import { Rows } from "../log/rows.js";
import { readSettings } from "../log/settings.js";
import { Source } from "../log/source.js";
import { startOf } from "../log/start.js";
import { Output } from "./output.js";
import { Refusal } from "./refusal.js";

export class Pane {
  #lines;
  #output;
  #refusal;
  // What was there when it was asked last.
  #seen = "";

  // `find` searches all of them.
  constructor({ id, tag, article, address, search }, find) {
    this.#refusal = new Refusal(article);
    this.#lines = new Source(address, () => this.#output.view.follow);
    const api = `${document.documentElement.dataset.base ?? ""}/api`;
    // Line numbers are links within the page of one process.
    const settings = { ...readSettings(), numbers: false };
    this.#output = new Output(t("Output of {name}", { name: tag }), this.#lines, settings, (page) => new Rows(this.#lines, settings, () => startOf(api, id), page), {
      failed: (error) => this.#refusal.show(error),
      atEnd: () => this.#lines.gapsAtEnd().map(gapRow),
    });
    this.#output.find = find.add(tag, search, article, {
      stream: () => undefined,
      top: () => this.#output.view.top()?.number ?? 1,
      total: () => this.#lines.total,
      go: (number, before) => this.#goToMatch(number, before),
      changed: (number) => this.#output.rows.highlight(number),
      left: () => this.#output.focus(),
    });
    this.#output.button.setAttribute("aria-label", t("Follow {name}", { name: tag }));
    article.querySelector(".together-head").append(this.#output.button);
    article.querySelector(".together-output").append(this.#output.element);
  }

  // Asks for new lines. Returns whether there are some.
  async refresh() {
    try {
      await this.#lines.refresh();
    } catch (error) {
      this.#refusal.show(error);
      throw error;
    }
    this.#refusal.show();
    this.#output.grown();
    const seen = `${this.#lines.total} ${this.#lines.get(this.#lines.total)?.text.length}`;
    const isNews = seen !== this.#seen;
    this.#seen = seen;
    return isNews;
  }

  #goToMatch(number, before) {
    const { rows, view } = this.#output;
    rows.remake([before, number]);
    if (view.isSeen(number)) this.#output.stay();
    else view.show(number);
  }
}
