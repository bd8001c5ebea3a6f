// The log widget: the lines of an output, any number of them, of which only those near what is seen are asked for. It is driven
// as the terminal is; of what the stream brings it takes only the news that there is more.
import "../../style/log.css";
import { Announcer } from "./log/announce.js";
import { makeBar } from "./log/bar.js";
import { make } from "./log/dom.js";
import { Find } from "./log/find.js";
import { gapText } from "./log/format.js";
import { findPlace, readPlace } from "./log/jump.js";
import { Lines } from "./log/lines.js";
import { Notice } from "./log/notice.js";
import { Place } from "./log/place.js";
import { Rail } from "./log/rail.js";
import { gapRow, shownText } from "./log/row.js";
import { Rows } from "./log/rows.js";
import { Selection } from "./log/selection.js";
import { readSettings } from "./log/settings.js";
import { Updates } from "./log/updates.js";
import { View } from "./log/view.js";
import { Window } from "./log/window.js";

export class Session {
  asksForLines = true;
  #element;
  #changed;
  #lines;
  #window;
  #view;
  #find;
  #settings = readSettings();
  #announcer = new Announcer();
  #notice = new Notice();
  #selection;
  #scroller = make("div", { className: "log-scroller", role: "log", "aria-label": "Lines of output", "aria-live": "off", tabIndex: 0 });
  #rows;
  #updates;
  #end = make("div", { className: "log-end" });
  // Not shown before it has something to show: that it is put where the rows are would be a shift of the layout.
  #box = make("div", { className: "log-box", hidden: true });
  #problem = make("p", { className: "log-problem", role: "status", hidden: true });
  #root;
  #place;
  // Where to go as soon as there is a line of this number: `{number, above}`.
  #wanted;
  #isConnected = false;
  #disposed = false;
  #cleanups = [];

  // The same as those of the terminal, of which nothing can be typed here and nothing has a size.
  constructor(element, id, isTerminal, _head, shown, _typed, _room, changed) {
    this.#element = element;
    this.#changed = changed;
    const api = `${document.documentElement.dataset.base ?? ""}/api`;
    const address = `${api}/processes/${id}`;
    this.#lines = new Lines(`${address}/lines`);
    this.#updates = new Updates(this.#lines, { shown, grown: () => this.#grown(), failed: (error) => this.#failed(error) });
    const page = {};
    this.#rows = new Rows(this.#lines, this.#settings, () => startOf(api, id), page);
    const rows = this.#rows.element;
    this.#box.append(rows, this.#end);
    const space = make("div", { className: "log-space" }, this.#box);
    this.#scroller.append(space);
    const rail = new Rail((fraction) => this.#drag(fraction));
    this.#window = new Window(this.#scroller, space, this.#box, rows, this.#lines, (line) => this.#rows.make(line), () => this.#selection.drop());
    this.#view = new View(this.#scroller, this.#window, this.#lines, rail, {
      followed: (on) => this.#changed("follow", on),
      problem: (error) => this.#failed(error),
      loaded: () => this.#loaded(),
      isSelected: () => this.#selection.exists(),
    });
    this.#selection = new Selection(this.#scroller, rows, {
      textOf: (item) => this.#textOf(item),
      selected: () => this.#selected(),
      say: (text) => this.#notice.say(text),
    });
    this.#find = new Find(`${address}/search`, !isTerminal, {
      top: () => this.#view.top()?.number ?? 1,
      total: () => this.#lines.total,
      go: (number, before) => this.#goToMatch(number, before),
      changed: (number) => this.#rows.highlight(number),
      left: () => this.#scroller.focus({ preventScroll: true }),
    });
    Object.assign(page, { window: this.#window, view: this.#view, find: this.#find });
    const bar = makeBar(this.#find, `${address}/output`, this.#settings, (text) => this.#goTo(text), () => this.#view.keep(() => this.#rows.apply(this.#root)));
    this.#root = make("div", { className: "log" }, bar, this.#problem, make("div", { className: "log-pane" }, this.#scroller, rail.element, this.#notice.element), this.#announcer.element);
    this.#place = new Place(id);
    this.#rows.apply(this.#root);
    this.#listen();
    const hadFocus = document.activeElement === element;
    element.removeAttribute("tabindex");
    element.append(this.#root);
    if (hadFocus) this.#scroller.focus();
    element.session = this;
    this.#begin();
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
    this.#keepPlace();
    this.#disposed = true;
    this.#updates.dispose();
    this.#rows.dispose();
    for (const cleanup of this.#cleanups) cleanup();
    this.#find.dispose();
    this.#selection.dispose();
    this.#notice.dispose();
    this.#view.dispose();
    this.#lines.abandon();
    this.#announcer.dispose();
    this.#root.remove();
    if (this.#element.session === this) {
      delete this.#element.session;
      this.#element.tabIndex = -1;
    }
  }

  // Opens where the reader has been, or at the line that the address names, otherwise at the end.
  #begin() {
    const [place, number] = [this.#place.read(), this.#linked()];
    if (number) this.#rows.mark(number);
    this.#wanted = place?.follow ? undefined : place ?? (number && { number });
    if (this.#wanted) {
      this.#view.follow = false;
      this.#changed("follow", false);
    }
    this.#updates.ask();
  }

  #keepPlace() {
    const place = this.#view.follow ? { follow: true } : this.#wanted ?? this.#view.place();
    if (place) this.#place.keep(place);
  }

  #linked() {
    return Number(/^#L(\d{1,15})$/.exec(location.hash)?.[1]) || undefined;
  }

  #grown() {
    this.#loaded();
    this.#box.hidden = false;
    const gaps = this.#lines.gapsAtEnd().map(gapRow);
    if (gaps.length > 0 || this.#end.childElementCount > 0) this.#end.replaceChildren(...gaps);
    this.#view.grown();
    this.#rows.askWhenStarted();
    if (this.#wanted?.number <= this.#lines.total) {
      this.#view.show(this.#wanted.number, this.#wanted.above);
      this.#wanted = undefined;
    }
    this.#announcer.announce(this.#lines.total, (number) => {
      const line = this.#lines.get(number);
      return line && shownText(line);
    });
  }

  #failed(error) {
    if (this.#disposed) return;
    // The page says already that there is no connection, or no such process.
    const isSaid = error.isFinal && error.status !== 404;
    this.#problem.textContent = isSaid ? `Lines could not be loaded: ${error.message}` : "";
    this.#problem.hidden = !isSaid;
    if (!error.isFinal) this.#updates.again();
  }

  #loaded() {
    this.#problem.hidden = true;
  }

  async #goTo(text) {
    const place = readPlace(text);
    if (!place) return "Enter a line number, start, end, or a time such as 14:05.";
    try {
      if (place.end) {
        await this.#view.toEnd();
      } else {
        const number = await findPlace(place, this.#lines);
        if (number === undefined) return "These lines have no times.";
        if (text.trim().toLowerCase() === "start") await this.#view.toStart();
        else await this.#showMarked(number);
      }
      this.#scroller.focus({ preventScroll: true });
      return undefined;
    } catch (error) {
      this.#failed(error);
      return "Not reached. Try it again.";
    }
  }

  async #showMarked(number) {
    this.#rows.mark(number);
    await this.#view.show(number);
  }

  #goToMatch(number, before) {
    this.#rows.remake([before, number]);
    if (!this.#view.isSeen(number)) this.#view.show(number);
    else this.#view.setFollow(false), this.#changed("follow", false);
  }

  #dragTo;
  async #drag(fraction) {
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

  #listen() {
    this.#on(window, "hashchange", () => {
      this.#place.visit();
      if (this.#linked()) this.#showMarked(this.#linked());
    });
    this.#on(window, "pagehide", () => this.#keepPlace());
  }

  // Who selects reads: what they select must not move away.
  #selected() {
    if (!this.#view.follow) return;
    this.#view.setFollow(false);
    this.#changed("follow", false);
  }

  #textOf(item) {
    const line = this.#lines.get(Number(item.dataset.line));
    return line ? shownText(line) : item.querySelector(".log-text").textContent;
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler);
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}

// When the process started, in ms; NaN if it has not, or if that cannot be learnt now.
async function startOf(api, id) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${api}/get_process`, { method: "POST", headers, body: JSON.stringify({ id }) }).catch(() => undefined);
  return response?.ok ? Date.parse((await response.json()).started_at) : NaN;
}
