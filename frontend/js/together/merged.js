// All outputs as one list of lines by time.
import { t } from "../../../app/js/texts.js";
import { Feed } from "./feed.js";
import { Going } from "./going.js";
import { MergedFind } from "./merged-find.js";
import { MergedLines } from "./merged-lines.js";
import { MergedRows, mergedGapRow } from "./merged-rows.js";
import { Output } from "./output.js";
import { Refusal } from "./refusal.js";
import { makeGoTo, nameFind } from "./tools.js";

const SETTINGS = { wrap: true, numbers: false, time: "clock" };

export class Merged {
  #lines;
  #output;
  #feeds;
  #refusals;
  #going;

  // `tools` is for the controls. `isActive(process)`: whether it may print more.
  constructor(place, tools, processes, isActive) {
    this.#feeds = processes.map((process) => new Feed(process, () => isActive(process)));
    this.#refusals = processes.map(({ article }) => new Refusal(article));
    this.#lines = new MergedLines(this.#feeds, () => this.#output.view.follow, (number) => this.#output.arrive(number));
    const settings = { ...SETTINGS };
    this.#output = new Output(t("Lines of all processes by time"), this.#lines, settings, (page) => new MergedRows(this.#lines, settings, page), {
      failed: () => this.#showRefusals(),
      atEnd: () => this.#lines.gapsAtEnd().map(mergedGapRow),
    });
    const { rows, view } = this.#output;
    this.#going = new Going(this.#lines, rows, view);
    const find = new MergedFind(this.#feeds, {
      top: () => this.#top(),
      go: (hit, before) => this.#goToMatch(hit, before),
      changed: (which) => rows.show(which),
      left: () => this.#output.focus(),
    });
    rows.find = find;
    tools.append(nameFind(find.element), makeGoTo((text) => this.#goTo(text)));
    tools.after(this.#output.button);
    place.append(this.#output.element);
  }

  // Asks for new lines. Returns whether there are some.
  async refresh() {
    const isNews = await this.#lines.refresh();
    this.#showRefusals();
    this.#output.grown();
    return isNews;
  }

  async #goTo(text) {
    const problem = await this.#going.goTo(text);
    if (!problem) this.#output.focus();
    return problem;
  }

  // What is seen at the top, as the search wants to know it.
  #top() {
    const line = this.#output.view.top();
    return line ? { cuts: this.#lines.cutsAt(line.number), at: line.at } : { cuts: this.#feeds.map(() => 1), at: "" };
  }

  #goToMatch(hit, before) {
    this.#output.rows.show(({ feed, own }) => [hit, before].some((other) => other?.feed === feed && other.own === own));
    this.#output.stay();
    return this.#going.goToLine(hit);
  }

  #showRefusals() {
    this.#feeds.forEach((feed, index) => this.#refusals[index].show(feed.error));
  }
}
