// All outputs as one list of lines by time.
import { t } from "../../../app/js/texts.js";
import { Feed } from "./feed.js";
import { MergedLines } from "./merged-lines.js";
import { MergedRows, mergedGapRow } from "./merged-rows.js";
import { Output } from "./output.js";
import { Refusal } from "./refusal.js";

const SETTINGS = { wrap: true, numbers: false, time: "clock" };

export class Merged {
  #lines;
  #output;
  #feeds;
  #refusals;

  // `isActive(process)`: whether it may print more.
  constructor(place, processes, isActive) {
    this.#feeds = processes.map((process) => new Feed(process, () => isActive(process)));
    this.#refusals = processes.map(({ article }) => new Refusal(article));
    this.#lines = new MergedLines(this.#feeds, () => this.#output.view.follow);
    const settings = { ...SETTINGS };
    this.#output = new Output(t("Lines of all processes by time"), this.#lines, settings, (page) => new MergedRows(this.#lines, settings, page), {
      failed: () => this.#showRefusals(),
      atEnd: () => this.#lines.gapsAtEnd().map(mergedGapRow),
    });
    place.closest(".together").querySelector(".together-bar").append(this.#output.button);
    place.append(this.#output.element);
  }

  // Asks for new lines. Returns whether there are some.
  async refresh() {
    const isNews = await this.#lines.refresh();
    this.#showRefusals();
    this.#output.grown();
    return isNews;
  }

  #showRefusals() {
    this.#feeds.forEach((feed, index) => this.#refusals[index].show(feed.error));
  }
}
