// What processes use, how far they have come, and how the last ones of their name went: one request for the rows on the screen, now
// and then while somebody looks. None of this is an event: it would be one for each process each second.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { size } from "../format.js";
import { present, sortOf } from "./query.js";
import { allRows, extrasOf, hueOf, idOf, isActive, isShown, keepUsage, nameOf, outcomeOf, shownRows } from "./rows.js";
import { showRuns } from "./runs.js";
import { isByUsage } from "./sort.js";

// In milliseconds: while processes are on the screen that run; after rows have come or changed; between two requests, whatever happens.
const EVERY = 5000;
const SOON = 200;
const PAUSE = 1500;
const ANSWER = 10_000;
// As many as the server answers at once.
const MOST = 100;

export class Activity {
  #container;
  #changed;
  #timer;
  #due = Infinity;
  #last = -PAUSE;
  #isAsking = false;
  // It was to be asked while an answer was awaited.
  #again = false;
  // What the rows were like last: what is added to them here is no reason to ask again.
  #fingerprint;
  // The fingerprint of a name when it was asked for the runs of a row.
  #known = new WeakMap();

  // `changed` is called when the order of the rows may have changed with what they use.
  constructor(container, changed) {
    this.#container = container;
    this.#changed = changed;
    const cleanup = new AbortController();
    const again = () => (container.isConnected ? this.#ask(SOON) : cleanup.abort());
    const options = { signal: cleanup.signal, passive: true };
    document.addEventListener("visibilitychange", again, options);
    addEventListener("scroll", again, options);
    addEventListener("resize", again, options);
  }

  // Rows have come, gone or changed.
  update() {
    const newest = newestOfNames(this.#container);
    for (const row of allRows(this.#container)) {
      if (!isActive(row)) for (const old of row.querySelectorAll(".row-usage, .row-progress")) old.remove();
      if (newest.get(nameOf(row)).row !== row) row.querySelector(".row-runs")?.remove();
    }
    const fingerprint = [sortOf(present()), ...allRows(this.#container).map((row) => `${idOf(row)} ${outcomeOf(row)} ${isShown(row)}`)].join();
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
    this.#ask(SOON);
  }

  // Asks after so many milliseconds, or sooner if it is to be asked sooner already.
  #ask(wait) {
    const at = Math.max(performance.now() + wait, this.#last + PAUSE);
    if (at >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = at;
    this.#timer = setTimeout(() => this.#askNow(), at - performance.now());
  }

  async #askNow() {
    this.#due = Infinity;
    if (!this.#container.isConnected || document.visibilityState !== "visible") return;
    this.#again = this.#isAsking;
    if (this.#isAsking) return;
    const rows = shownRows(this.#container).filter(isOnScreen);
    // The first ones of an order by what they use may be anywhere in it.
    const isSorted = isByUsage(sortOf(present()));
    const active = (isSorted ? allRows(this.#container) : rows).filter(isActive);
    const newest = newestOfNames(this.#container);
    const needsRuns = (row) => newest.get(nameOf(row)).row === row && this.#known.get(row) !== newest.get(nameOf(row)).fingerprint;
    const runs = rows.filter(needsRuns).slice(0, MOST);
    if (active.length + runs.length === 0) return;
    this.#isAsking = true;
    this.#last = performance.now();
    let [status, isAnswered] = [undefined, true];
    // In parts of what is answered at once, the first one with the runs.
    for (let at = 0; isAnswered && (at === 0 || at < active.length); at += MOST) {
      const [some, strips] = [active.slice(at, at + MOST), at === 0 ? runs : []];
      const { response, processes } = await request(some, strips);
      [status, isAnswered] = [response?.status, processes !== undefined];
      if (!isAnswered) continue;
      for (const row of some) if (isActive(row)) showNow(row, processes.get(idOf(row)));
      for (const row of strips) {
        this.#known.set(row, newest.get(nameOf(row)).fingerprint);
        showRuns(row, processes.get(idOf(row))?.runs ?? []);
      }
    }
    this.#isAsking = false;
    if (isSorted) this.#changed();
    if (this.#again) this.#ask(SOON);
    else if (!isFinal(status) && (active.length > 0 || !isAnswered)) this.#ask(EVERY);
  }
}

// Whether the same answer would come again: who is signed out or may not ask does so no more by itself, who asks too often may ask later.
const isFinal = (status) => status >= 400 && status < 500 && status !== 429;

// What `active` use and how far they are, and how the last ones of the names of `runs` went. No `processes` if it failed.
async function request(active, runs) {
  const { base = "" } = document.documentElement.dataset;
  const ids = (rows) => rows.map(idOf).join(",");
  const address = `${base}/api/activity?ids=${ids(active)}&runs=${ids(runs)}`;
  const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER) }).catch(() => undefined);
  const answer = response?.ok && (await response.json().catch(() => undefined));
  return { response, processes: answer ? new Map(answer.processes.map((process) => [process.id, process])) : undefined };
}

// By name: its newest row, and what tells whether its rows have changed. Ids sort by time.
function newestOfNames(container) {
  const names = new Map();
  for (const row of allRows(container)) {
    const name = nameOf(row);
    const known = names.get(name);
    const fingerprint = `${known?.fingerprint ?? ""} ${idOf(row)} ${hueOf(row)} ${outcomeOf(row)}`;
    names.set(name, { row: known && idOf(known.row) > idOf(row) ? known.row : row, fingerprint });
  }
  return names;
}

function isOnScreen(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function showNow(row, { usage, progress } = {}) {
  keepUsage(row, usage);
  const extras = extrasOf(row);
  const text = usage && `${usage.cpu_percent} % · ${size(usage.memory_bytes)}`;
  const shown = keepOne(extras, ".row-usage", text !== undefined, () =>
    make("span", { className: "row-usage", title: t("CPU (100 % is one core) and memory") }),
  );
  if (shown && shown.textContent !== text) shown.textContent = text;
  const bar = keepOne(extras, ".row-progress", progress !== undefined, () =>
    make("div", { className: "row-progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": t("Progress of {name}", { name: nameOf(row) }) }, make("i", {}, make("b")), make("span")),
  );
  if (!bar) return;
  bar.setAttribute("aria-valuenow", progress);
  bar.querySelector("b").style.width = `${progress}%`;
  bar.querySelector("span").textContent = `${progress} %`;
}

// The element, made if it is not there; or none.
function keepOne(parent, selector, isWanted, create) {
  const present = parent.querySelector(selector);
  if (!isWanted) return void present?.remove();
  if (present) return present;
  const element = create();
  parent.append(element);
  return element;
}
