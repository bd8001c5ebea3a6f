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
import { gapRow, makeRow, setTime, shownText } from "./log/row.js";
import { Selection } from "./log/selection.js";
import { readSettings } from "./log/settings.js";
import { View } from "./log/view.js";
import { Window } from "./log/window.js";

// At most so often are lines asked for while output comes, in milliseconds, and after how long again if that has failed.
const PAUSE = 100;
const AGAIN = 2000;
const SECOND = 1000;

export class Session {
  asksForLines = true;
  #address;
  #started = NaN;
  #element;
  #callbacks;
  #lines;
  #window;
  #view;
  #find;
  #settings = readSettings();
  #announcer = new Announcer();
  #notice = new Notice();
  #selection;
  #scroller = make("div", { className: "log-scroller", role: "log", "aria-label": "Lines of output", "aria-live": "off", tabIndex: 0 });
  #rows = make("div", { className: "log-rows" });
  #end = make("div", { className: "log-end" });
  #problem = make("p", { className: "log-problem", role: "status", hidden: true });
  #root;
  // The numbers of the lines that are shown whole.
  #open = new Set();
  #id;
  #marked;
  #place;
  // Where to go as soon as there is a line of this number: `{number, above}`.
  #wanted;
  #isConnected = false;
  #timer;
  #asked = -Infinity;
  #isAsking = false;
  #isOutdated = false;
  // The end of the output that is not acknowledged yet.
  #shownEnd;
  #disposed = false;
  #cleanups = [];

  // The same as those of the terminal, of which nothing can be typed here and nothing has a size.
  constructor(element, id, isTerminal, _head, shown, _typed, _room, changed) {
    this.#element = element;
    this.#callbacks = { shown, changed };
    this.#address = `${document.documentElement.dataset.base ?? ""}/api`;
    const address = `${this.#address}/processes/${id}`;
    this.#lines = new Lines(`${address}/lines`);
    const box = make("div", { className: "log-box" }, this.#rows, this.#end);
    const space = make("div", { className: "log-space" }, box);
    this.#scroller.append(space);
    const rail = new Rail((fraction) => this.#drag(fraction));
    this.#window = new Window(this.#scroller, space, box, this.#rows, this.#lines, (line) => this.#row(line), () => this.#selection.drop());
    this.#view = new View(this.#scroller, this.#window, this.#lines, rail, {
      followed: (on) => this.#callbacks.changed("follow", on),
      problem: (error) => this.#failed(error),
      loaded: () => this.#loaded(),
      isSelected: () => this.#selection.exists(),
    });
    this.#selection = new Selection(this.#scroller, this.#rows, {
      textOf: (item) => this.#textOf(item),
      selected: () => this.#selected(),
      say: (text) => this.#notice.say(text),
    });
    this.#find = new Find(`${address}/search`, !isTerminal, {
      top: () => this.#view.top()?.number ?? 1,
      total: () => this.#lines.total,
      go: (number, before) => this.#goToMatch(number, before),
      changed: (number) => this.#highlight(number),
      left: () => this.#scroller.focus({ preventScroll: true }),
    });
    const bar = makeBar(this.#find, `${address}/output`, this.#settings, (text) => this.#goTo(text), (name) => this.#setting(name));
    this.#root = make("div", { className: "log" }, bar, this.#problem, make("div", { className: "log-pane" }, this.#scroller, rail.element, this.#notice.element), this.#announcer.element);
    this.#id = id;
    this.#place = new Place(id);
    this.#apply();
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
    this.#shownEnd = end;
    this.#outdate();
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
    this.#outdate();
  }

  // Each new connection says this first: what the last one took with it is asked for again.
  replayUntil() {
    if (this.#isConnected) this.#lines.abandon();
    this.#isConnected = true;
    this.#outdate();
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
    clearTimeout(this.#timer);
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
    this.#marked = number;
    this.#wanted = place?.follow ? undefined : place ?? (number && { number });
    if (this.#wanted) {
      this.#view.follow = false;
      this.#callbacks.changed("follow", false);
    }
    this.#refresh();
  }

  #keepPlace() {
    const place = this.#view.follow ? { follow: true } : this.#wanted ?? this.#view.place();
    if (place) this.#place.keep(place);
  }

  #linked() {
    return Number(/^#L(\d{1,15})$/.exec(location.hash)?.[1]) || undefined;
  }

  #outdate() {
    this.#isOutdated = true;
    if (this.#isAsking || this.#disposed) return;
    this.#timer ??= setTimeout(() => this.#refresh(), Math.max(0, this.#asked + PAUSE - performance.now()));
  }

  async #refresh() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsking = true;
    this.#isOutdated = false;
    this.#asked = performance.now();
    const end = this.#shownEnd;
    try {
      await this.#lines.refresh();
      if (this.#disposed) return;
      if (end !== undefined) this.#callbacks.shown(end);
      this.#grown();
      this.#loaded();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isAsking = false;
      if (this.#isOutdated) this.#outdate();
    }
  }

  #grown() {
    const gaps = this.#lines.gapsAtEnd().map(gapRow);
    if (gaps.length > 0 || this.#end.childElementCount > 0) this.#end.replaceChildren(...gaps);
    this.#view.grown();
    this.#askWhenStarted();
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
    if (error.isFinal || this.#isOutdated) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), AGAIN);
  }

  #loaded() {
    this.#problem.hidden = true;
  }

  #row(line) {
    const element = makeRow(line, this.#lines.gapsBefore(line), {
      settings: this.#settings,
      started: this.#started,
      marked: this.#marked,
      open: this.#open,
      matches: (number, text) => this.#find.matches(number, text),
    });
    element.dataset.line = line.number;
    element.classList.toggle("log-current", this.#find.current() === line.number);
    return element;
  }

  // When the process started, which only times since then need.
  async #askWhenStarted() {
    if (this.#settings.time !== "start" || !Number.isNaN(this.#started)) return;
    const headers = { "content-type": "application/json" };
    try {
      const response = await fetch(`${this.#address}/get_process`, { method: "POST", headers, body: JSON.stringify({ id: this.#id }) });
      if (response.ok) this.#started = Date.parse((await response.json()).started_at);
    } catch {
      // Asked again with the next lines.
    }
    if (!this.#disposed) this.#view.keep(() => this.#updateTimes());
  }

  #setting(name) {
    this.#view.keep(() => this.#apply(name));
  }

  #apply() {
    this.#root.classList.toggle("wraps", this.#settings.wrap);
    this.#root.classList.toggle("numbered", this.#settings.numbers);
    this.#root.classList.toggle("timed", this.#settings.time !== "off");
    this.#updateTimes();
    this.#askWhenStarted();
  }

  #updateTimes() {
    for (const element of this.#rows.querySelectorAll(".log-time")) setTime(element, this.#settings, this.#started);
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
    this.#mark(number);
    await this.#view.show(number);
  }

  #mark(number) {
    const before = this.#marked;
    this.#marked = number;
    this.#window.remake(({ number }) => number === before || number === this.#marked);
  }

  #goToMatch(number, before) {
    this.#window.remake((line) => line.number === before || line.number === number);
    if (!this.#view.isSeen(number)) this.#view.show(number);
    else this.#view.setFollow(false), this.#callbacks.changed("follow", false);
  }

  // Lines with matches come in a flood: rows are made again once a frame. Without a number, no line matches any more.
  #highlights;
  #highlight(number) {
    if (number !== undefined && !this.#window.has(number)) return;
    if (!this.#highlights) {
      this.#highlights = new Set();
      requestAnimationFrame(() => {
        const numbers = this.#highlights;
        this.#highlights = undefined;
        if (!this.#disposed) this.#view.keep(() => this.#window.remake((line) => numbers.has("all") || numbers.has(line.number)));
      });
    }
    this.#highlights.add(number ?? "all");
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
    this.#on(this.#rows, "click", (event) => this.#clicked(event));
    this.#on(window, "hashchange", () => {
      this.#place.visit();
      if (this.#linked()) this.#showMarked(this.#linked());
    });
    this.#on(window, "pagehide", () => this.#keepPlace());
    const timer = setInterval(() => this.#settings.time === "ago" && this.#updateTimes(), SECOND);
    this.#cleanups.push(() => clearInterval(timer));
  }

  #clicked(event) {
    const number = Number(event.target.closest(".log-item")?.dataset.line);
    if (!number) return;
    if (event.target.closest(".log-number")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(history.state, "", `#L${number}`);
      this.#mark(number);
    } else if (event.target.closest(".log-more, .log-toggle") || (event.target.closest(".log-json") && getSelection().isCollapsed)) {
      const hadFocus = document.activeElement === event.target;
      if (!this.#open.delete(number)) this.#open.add(number);
      this.#view.keep(() => this.#window.remake((line) => line.number === number));
      if (hadFocus) this.#window.element(number)?.querySelector(".log-toggle")?.focus();
    }
  }

  // Who selects reads: what they select must not move away.
  #selected() {
    if (!this.#view.follow) return;
    this.#view.setFollow(false);
    this.#callbacks.changed("follow", false);
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
