// Fetches the modules of pages that load on demand. A page that waits for one must get it: a failure would end the app.

// How long an attempt may take, and the pauses between two, in milliseconds.
const TIMEOUT = 10_000;
const PAUSE = 1000;
const LONGEST_PAUSE = 10_000;
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

// Takes the place of `fetch`. Without a connection it retries until there is one. A module that is refused belongs to an
// earlier version of the server, or the person is no longer signed in to a proxy: then the page is loaded as a whole.
export async function fetchModule(address) {
  for (let pause = PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT) }).catch(() => undefined);
    const isModule = response?.ok && response.headers.get("content-type") === "application/wasm";
    const bytes = isModule && (await response.arrayBuffer().catch(() => undefined));
    if (bytes) return new Response(bytes, { headers: { "content-type": "application/wasm" } });
    if (isRefused(response)) loadWholePage();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function isRefused(response) {
  const mayRetry = !response || response.status >= 500 || response.status === 408 || response.status === 429;
  return !mayRetry && response.headers.get("content-type") !== "application/wasm";
}

// Once a minute for each address: if that did not help, the page says that it has stopped.
function loadWholePage() {
  const address = target ?? location.href;
  const last = sessionStorage.getItem(RELOADED + address);
  if (last && Date.now() - last < AGAIN) throw new Error(`the code of ${address} is missing`);
  sessionStorage.setItem(RELOADED + address, Date.now());
  if (target) location.assign(target);
  else location.reload();
}
