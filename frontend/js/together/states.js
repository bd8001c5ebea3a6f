// Keeps how the processes are up to date: when an event says that one of them has changed, the heads are taken from the page as the
// server renders it now.
import { t } from "../../../app/js/texts.js";
import { EventFeed } from "../../../app/js/events.js";

// In milliseconds: many may change at once.
const PAUSE = 300;
const AGAIN = 3000;
const ANSWER = 10_000;

export class States {
  #root;
  #base;
  #changed;
  #timer;
  // Process id → what its last event said.
  #known = new Map();

  // `changed()`: a process has begun or ended, or there is a connection again.
  constructor(root, base, changed) {
    this.#root = root;
    this.#base = base;
    this.#changed = changed;
  }

  begin() {
    new EventFeed(`${this.#base}/api/events`, (kind, data) => this.#receive(kind, data));
  }

  #receive(kind, data) {
    // Maybe the person is signed out, maybe there is no connection.
    if (kind === "connected" || kind === "lost") this.#plan(PAUSE);
    else if (kind === "removed" && this.#article(data)) this.#plan(PAUSE);
    else if (kind === "process") this.#compare(JSON.parse(data));
  }

  // Of what changes often, such as the size of the output, the head says nothing.
  #compare({ id, name, state, exit, limit_hit, gave_up, queue_position, restarts }) {
    if (!this.#article(id)) return;
    const now = JSON.stringify([name, state, exit, limit_hit, gave_up, queue_position, restarts]);
    if (this.#known.get(id) === now) return;
    this.#known.set(id, now);
    this.#plan(PAUSE);
  }

  #article(id) {
    return this.#root.querySelector(`.together-pane[data-id="${CSS.escape(id)}"]`);
  }

  #plan(pause) {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#ask().catch(() => {
        this.#say(t("The server cannot be reached. What is printed meanwhile is shown once it is back."));
        this.#plan(AGAIN);
      });
    }, pause);
  }

  async #ask() {
    // Whoever is signed out is led elsewhere.
    const response = await fetch(location.href, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(ANSWER) });
    if (response.type === "opaqueredirect") return this.#say(t("You are signed out. Reload the page to sign in again."));
    if (!response.ok) throw new Error(t("The server answered with {status}.", { status: response.status }));
    this.#say("");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const now of page.querySelectorAll(".together-pane")) this.#show(this.#article(now.dataset.id), now);
    return this.#changed();
  }

  #say(text) {
    const note = this.#root.querySelector(".together-note");
    note.textContent = text;
    note.hidden = text === "";
  }

  // The name stays as it was: of a process that has been removed the server does not know it.
  #show(article, now) {
    const isRemoved = now.dataset.missing === "true" && now.dataset.tag !== article.dataset.tag;
    article.dataset.active = now.dataset.active;
    const [state, fresh] = [article, now].map((element) => element.querySelector(".together-state"));
    if (!state.isEqualNode(fresh)) state.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    const [problem, told] = [article, now].map((element) => element.querySelector(".together-problem"));
    const text = isRemoved ? t("This process has been removed.") : told.textContent;
    if (problem.textContent !== text) problem.textContent = text;
    problem.hidden = told.hidden;
  }
}
