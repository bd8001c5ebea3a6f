// The log widget: the lines of an output, any number of them, of which only those near what is seen are asked for. It is driven
// as the terminal is; of what the stream brings it takes only the news that there is more.
import "../../style/log.css";
import { t } from "../../app/js/texts.js";
import { Announcer } from "./log/announce.js";
import { makeBar } from "./log/bar.js";
import { make } from "./dom.js";
import { Filter } from "./log/filter.js";
import { Find } from "./log/find.js";
import { linkedSearch } from "./log/find-link.js";
import { gapText } from "./log/format.js";
import { Moves } from "./log/moves.js";
import { makePane } from "./log/pane.js";
import { gapRow, shownText } from "./log/row.js";
import { Rows } from "./log/rows.js";
import { readSettings } from "./log/settings.js";
import { Source } from "./log/source.js";
import { startOf } from "./log/start.js";
import { Updates } from "./log/updates.js";

export class Session {
  asksForLines = true;
  #element;
  #isTerminal;
  #lines;
  #window;
  #view;
  #find;
  #filter;
  #moves;
  #settings = readSettings();
  #announcer = new Announcer();
  #notice;
  #selection;
  #scroller;
  #rows;
  #updates;
  #box;
  #end;
  // What the address searches for, until there are lines.
  #asked = linkedSearch(location);
  #problem = make("p", { className: "log-problem", role: "status", hidden: true });
  #root;
  #isConnected = false;
  #disposed = false;

  static open = (...options) => new Session(...options);

  // The parameters of the terminal's, of which nothing can be typed here and nothing has a size.
  constructor(element, id, isTerminal, _head, shown, _typed, _room, changed) {
    this.#element = element;
    this.#isTerminal = isTerminal;
    const api = `${document.documentElement.dataset.base ?? ""}/api`;
    const address = `${api}/processes/${id}`;
    this.#lines = new Source(`${address}/lines`, () => this.#view.follow);
    this.#updates = new Updates(this.#lines, { shown, grown: () => this.#grown(), failed: (error) => this.#failed(error) });
    const page = {};
    this.#rows = new Rows(this.#lines, this.#settings, () => startOf(api, id), page);
    const pane = makePane(this.#lines, this.#rows, {
      followed: (on) => changed("follow", on),
      problem: (error) => this.#failed(error),
      loaded: () => this.#loaded(),
      dragged: (fraction) => this.#moves.drag(fraction),
      // Who selects reads: what they select must not move away.
      selected: () => this.#moves.stay(),
      textOf: (item) => this.#rows.textOf(item),
    });
    ({ scroller: this.#scroller, window: this.#window, view: this.#view, selection: this.#selection, notice: this.#notice, end: this.#end, box: this.#box } = pane);
    this.#moves = new Moves(id, this.#lines, this.#rows, this.#view, {
      followed: (on) => changed("follow", on),
      failed: (error) => this.#failed(error),
      uncover: (number) => this.#filter.uncover(number),
    });
    this.#find = new Find(`${address}/search`, {
      stream: () => this.#lines.stream,
      top: () => this.#view.top()?.number ?? 1,
      total: () => this.#lines.total,
      go: (number, before) => this.#moves.goToMatch(number, before),
      changed: (number) => this.#rows.highlight(number),
      left: () => this.#scroller.focus({ preventScroll: true }),
    });
    this.#filter = new Filter(this.#lines, () => this.#showAnew());
    Object.assign(page, { window: this.#window, view: this.#view, find: this.#find });
    const bar = makeBar(this.#find, this.#filter.element, `${address}/output`, this.#settings, (text) => this.#goTo(text), () => this.#view.keep(() => this.#rows.apply(this.#root)));
    this.#root = make("div", { className: "log" }, bar, this.#filter.note, this.#problem, pane.element, this.#announcer.element);
    this.#rows.apply(this.#root);
    const hadFocus = document.activeElement === element;
    element.removeAttribute("tabindex");
    element.append(this.#root);
    if (hadFocus) this.#scroller.focus();
    element.session = this;
    this.#moves.begin();
    this.#updates.ask();
  }

  // There is output up to the end. The server goes on when it has been told so, and at most so often.
  write(_stream, _bytes, end) {
    this.#updates.outdate(end);
    return end;
  }

  // The lines say where the gaps are.
  note(_text, end) {
    this.write(0, undefined, end);
  }

  screen(_bytes, _cols, _rows, offset) {
    this.write(0, undefined, offset);
  }

  lines() {
    return 0;
  }

  end() {
    this.#updates.outdate();
  }

  // Each new connection says this first: what the last one took with it is asked for again.
  replayUntil() {
    if (this.#isConnected) this.#lines.abandon();
    this.#isConnected = true;
    this.#updates.outdate();
  }

  setSize() {}

  setActive() {}

  setScreenReader(on) {
    this.#announcer.setOn(on, this.#lines.total);
  }

  setFollow(follow) {
    this.#view.setFollow(follow);
  }

  // Shows the first line at or after a time, in milliseconds since 1970.
  showTime(time) {
    return this.#goTo(new Date(time).toISOString());
  }

  // All text that is here, for tests.
  text() {
    const texts = [];
    for (const line of this.#lines.kept()) texts.push(...this.#lines.gapsBefore(line).map((gap) => `— ${gapText(gap)} —`), shownText(line));
    texts.push(...this.#lines.gapsAtEnd().map((gap) => `— ${gapText(gap)} —`));
    return texts.join("\n").trimEnd();
  }

  topLine() {
    const line = this.#view.top();
    return line ? shownText(line) : "";
  }

  dispose() {
    this.#moves.dispose();
    this.#disposed = true;
    for (const part of [this.#updates, this.#rows, this.#find, this.#selection, this.#notice, this.#view, this.#announcer]) part.dispose();
    this.#lines.abandon();
    this.#root.remove();
    if (this.#element.session === this) {
      delete this.#element.session;
      this.#element.tabIndex = -1;
    }
  }

  #grown() {
    this.#loaded();
    this.#box.hidden = false;
    const gaps = this.#lines.gapsAtEnd().map(gapRow);
    if (gaps.length > 0 || this.#end.childElementCount > 0) this.#end.replaceChildren(...gaps);
    this.#view.grown();
    this.#rows.askWhenStarted();
    this.#moves.grown();
    if (this.#lines.total > 0) this.#search();
    if (!this.#isTerminal) this.#filter.offer();
    if (this.#window.items.length > 0) this.#filter.tell(true);
    this.#announcer.announce(this.#lines.total, (number) => {
      const line = this.#lines.get(number);
      return line && shownText(line);
    });
  }

  #failed(error) {
    if (this.#disposed) return;
    // The page says already that there is no connection, or no such process.
    const isSaid = error.isFinal && error.status !== 404;
    this.#problem.textContent = isSaid ? t("Lines could not be loaded: {message}", { message: error.message }) : "";
    this.#problem.hidden = !isSaid;
    if (!error.isFinal) this.#updates.again();
  }

  #loaded() {
    this.#problem.hidden = true;
  }

  // Searches for what the address says, once.
  #search() {
    const asked = this.#asked;
    this.#asked = undefined;
    if (!asked) return;
    history.replaceState(history.state, "", `#L${asked.line}`);
    this.#find.ask(asked);
  }

  async #goTo(text) {
    const problem = await this.#moves.goTo(text);
    if (!problem) this.#scroller.focus({ preventScroll: true });
    return problem;
  }

  // Other lines were chosen. Returns whether there are any.
  async #showAnew() {
    this.#find.again();
    await this.#view.anew();
    return this.#window.items.length > 0;
  }
}
