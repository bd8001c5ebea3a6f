// One event stream for all tabs of a browser. Browsers open six connections to a host at most, so a stream for each tab
// would starve everything else. The tab that holds a Web Lock reads the stream and passes it on through a
// BroadcastChannel; when that tab goes, the browser hands the lock to the next one.

// How often a visible tab asks whether the leader is there, and how long it waits for the answer. A frozen tab keeps its
// lock but answers nothing.
const CHECK = 10_000;
const ANSWER = 4_000;
// The server sends something at least every 20 s.
const SILENCE = 40_000;
// How long it may take to answer at all.
const CONNECT = 10_000;
const KINDS = ["process", "removed", "health"];

export class EventFeed {
  #address;
  #receive;
  #name;
  #channel;
  #lock;
  #source;
  #attempt = 0;
  #retry;
  #silence;
  // The stream that this tab has announced to its page; each connection is a new one.
  #known;
  #current;
  #checking;
  #answering;
  #cleanups = [];

  // `receive(kind, data)`: "connected" (anything may have happened before), "lost", or an event of the server.
  constructor(address, receive) {
    this.#address = address;
    this.#receive = receive;
    this.#name = `execdeck-events ${address}`;
    this.#on(window, "pagehide", () => this.#stop());
    this.#on(window, "pageshow", () => this.#start());
    this.#on(window, "online", () => this.#hurry());
    // What is open may be dead. A server on this machine is still reached, and so tried again.
    this.#on(window, "offline", () => this.#source && this.#lost());
    this.#on(document, "visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
    this.#start();
  }

  close() {
    this.#stop();
    for (const cleanup of this.#cleanups) cleanup();
  }

  #start() {
    if (this.#lock) return;
    this.#lock = new AbortController();
    // Web Locks exist in secure contexts only; elsewhere each tab has a stream of its own.
    if (!navigator.locks || !window.BroadcastChannel) return this.#open();
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#elect({ signal: this.#lock.signal });
    this.#check();
  }

  #stop() {
    this.#lock?.abort();
    this.#lock = undefined;
    this.#release?.();
    this.#release = undefined;
    this.#closeSource();
    this.#channel?.close();
    this.#channel = undefined;
    clearInterval(this.#checking);
    clearTimeout(this.#answering);
    this.#known = undefined;
  }

  #release;

  // Waits for the lock and leads for as long as it is held.
  async #elect(options) {
    const term = this.#lock;
    const lead = () =>
      new Promise((resolve) => {
        if (this.#lock !== term) return resolve();
        this.#release = resolve;
        clearTimeout(this.#answering);
        this.#open();
      });
    try {
      await navigator.locks.request(this.#name, options, lead);
    } catch {
      // Aborted, or stolen by a tab that found this one frozen, which then queues again.
      if (this.#lock !== term) return;
      this.#release = undefined;
      this.#closeSource();
      this.#elect({ signal: term.signal });
    }
  }

  // Checks, while the page is visible, that the leader is awake.
  #check() {
    const ask = () => {
      if (this.#release || document.visibilityState !== "visible") return;
      this.#channel?.postMessage({ kind: "hello" });
      clearTimeout(this.#answering);
      this.#answering = setTimeout(() => this.#lock && !this.#release && this.#elect({ steal: true }), ANSWER);
    };
    clearInterval(this.#checking);
    this.#checking = setInterval(ask, CHECK);
    ask();
  }

  #hurry() {
    if (!this.#lock) return;
    if (this.#retry) this.#open();
    else if (this.#channel) this.#check();
  }

  #open() {
    this.#closeSource();
    const source = new EventSource(this.#address);
    this.#source = source;
    this.#listen(CONNECT);
    source.onopen = () => {
      this.#attempt = 0;
      this.#announce(crypto.randomUUID?.() ?? String(Math.random()));
      this.#listen();
    };
    source.onerror = () => {
      // A connection that breaks is opened again; an answer other than 200 is final (HTML, section 9.2).
      const refused = source.readyState === EventSource.CLOSED;
      this.#lost();
      if (refused) this.#askWhy();
    };
    for (const kind of [...KINDS, "ping"]) {
      source.addEventListener(kind, ({ data }) => {
        this.#listen();
        if (kind === "ping") return;
        this.#channel?.postMessage({ kind, data });
        this.#tell(kind, data);
      });
    }
  }

  // A connection that says nothing for too long is dead, whatever the browser believes.
  #listen(longest = SILENCE) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), longest);
  }

  #lost() {
    this.#closeSource();
    this.#announce(null);
    const longest = Math.min(500 * 2 ** this.#attempt++, 10_000);
    this.#retry = setTimeout(() => this.#open(), longest * (0.5 + Math.random() / 2));
  }

  #closeSource() {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.#retry = undefined;
    this.#source?.close();
    this.#source = undefined;
    this.#current = undefined;
  }

  async #askWhy() {
    const response = await fetch(this.#address, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(CONNECT) }).catch(() => null);
    if (response?.status !== 401) return;
    this.#channel?.postMessage({ kind: "signed out" });
    showSignedOut(true);
  }

  #announce(stream) {
    this.#current = stream;
    this.#channel?.postMessage({ kind: "stream", data: stream });
    this.#learn(stream);
  }

  #learn(stream) {
    if (stream === this.#known) return;
    this.#known = stream;
    if (stream) showSignedOut(false);
    this.#receive(stream ? "connected" : "lost", "");
  }

  // What is wrong with the server concerns the document around the page (`frontend/js/health.js`).
  #tell(kind, data) {
    if (kind === "health") return dispatchEvent(new CustomEvent("execdeck-health", { detail: data }));
    // For notifications (`frontend/js/notify.js`).
    if (kind === "process") dispatchEvent(new CustomEvent("execdeck-process", { detail: data }));
    this.#receive(kind, data);
  }

  #hear({ kind, data }) {
    if (kind === "hello") {
      if (this.#release) this.#channel.postMessage(this.#current === undefined ? { kind: "connecting" } : { kind: "stream", data: this.#current });
      return;
    }
    if (this.#release) return;
    clearTimeout(this.#answering);
    if (kind === "signed out") showSignedOut(true);
    else if (kind === "stream") this.#learn(data);
    else if (KINDS.includes(kind)) this.#tell(kind, data);
  }

  #on(target, name, handler) {
    target.addEventListener(name, handler);
    this.#cleanups.push(() => target.removeEventListener(name, handler));
  }
}

// The notice of Execdeck's own pages leads back to this one. Pages of other applications have none.
function showSignedOut(out) {
  const notice = document.querySelector("[data-version] .signed-out");
  if (!notice) return;
  const base = document.documentElement.dataset.base ?? "";
  const here = location.pathname.slice(base.length) + location.search;
  notice.querySelector("a").search = `?next=${encodeURIComponent(here)}`;
  notice.hidden = !out;
}

// The server's build and its time in milliseconds: "" and 0 when it cannot be reached.
export async function askServer(address) {
  const response = await fetch(address, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(CONNECT) }).catch(() => null);
  // The answer of a proxy that does not find the server, for example.
  if (!response?.ok) return ["", 0];
  const time = Date.parse(response.headers.get("date"));
  return [response.headers.get("execdeck-version") ?? "", Number.isNaN(time) ? 0 : time];
}
