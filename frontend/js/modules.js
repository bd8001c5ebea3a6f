// Fetches the modules of pages that load on demand. A page that waits for one must get it: a failure would end the app.
import { t } from "../../app/js/texts.js";

// How long the first attempt may take, and the pause after it, in milliseconds. Both double with each attempt, up to eight
// times as long: a network may be too slow for the first.
const TIMEOUT = 10_000;
const PAUSE = 1000;
const LONGEST = 8;
// When the page at an address, which follows, was last loaded as a whole: in the tab's storage.
const RELOADED = "execdeck.reloaded ";
const AGAIN = 60_000;

// Where the last click leads: the address changes only when the page is there. Other ways to a page change it at once.
let target;
addEventListener("click", (event) => (target = destination(event)), { capture: true });
for (const kind of ["keydown", "submit", "popstate"]) addEventListener(kind, () => (target = undefined), { capture: true });

function destination({ target, button, ctrlKey, metaKey, shiftKey, altKey }) {
  const link = target.closest?.("a[href]:not([download], [target])");
  const isPlain = button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey;
  const isPage = link?.origin === location.origin && link.pathname + link.search !== location.pathname + location.search;
  return isPlain && isPage ? link.href : undefined;
}

// How many modules are being fetched. The page shows that it is working, and is checked afterwards: if several ways were
// taken before the code was there, the router may be left with another page than the address says.
let pending = 0;
const SETTLED = 1000;

function count(change) {
  pending += change;
  document.documentElement.toggleAttribute("data-loading", pending > 0);
  if (pending === 0) note.remove();
  if (pending === 0) setTimeout(() => pending > 0 || isRightPage() || loadWholePage(), SETTLED);
}

function isRightPage() {
  const { page } = document.documentElement.dataset;
  return !page || page.toLowerCase() === location.pathname.toLowerCase().replace(/\/$/, "");
}

// Says that the page does not come, rather than let people wait in silence.
const note = document.createElement("p");
note.className = "note warned loading-note";
note.setAttribute("role", "status");

function sayThatItWaits() {
  note.textContent = t("The server can't be reached. Still trying.");
  document.body.append(note);
}

export async function fetchModule(address) {
  count(1);
  return retryFetch(address).finally(() => count(-1));
}

// Takes the place of `fetch`. Without a connection it retries until there is one. A module that is refused belongs to an
// earlier version of the server, or the person is no longer signed in to a proxy: then the page is loaded as a whole.
async function retryFetch(address) {
  for (let times = 1; ; times = Math.min(times * 2, LONGEST)) {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT * times) }).catch(() => undefined);
    const isModule = response?.ok && response.headers.get("content-type") === "application/wasm";
    const bytes = isModule && (await response.arrayBuffer().catch(() => undefined));
    if (bytes) return new Response(bytes, { headers: { "content-type": "application/wasm" } });
    if (isRefused(response) && !loadWholePage()) throw new Error(`${address} is missing`);
    sayThatItWaits();
    await new Promise((resolve) => setTimeout(resolve, PAUSE * times));
  }
}

function isRefused(response) {
  const mayRetry = !response || response.status >= 500 || response.status === 408 || response.status === 429;
  return !mayRetry && response.headers.get("content-type") !== "application/wasm";
}

// Once a minute for each address. If that did not help, a page whose code is missing says that it has stopped.
function loadWholePage() {
  const address = target ?? location.href;
  const last = sessionStorage.getItem(RELOADED + address);
  if (last && Date.now() - last < AGAIN) return false;
  sessionStorage.setItem(RELOADED + address, Date.now());
  if (target) location.assign(target);
  else location.reload();
  return true;
}
