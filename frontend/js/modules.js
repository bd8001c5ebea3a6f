// Fetches the modules of pages that load on demand. A page that waits for one must get it: a failure would end the app.

const PAUSE = 1000;

// Where the person is going.
let target;
document.addEventListener("click", (event) => (target = event.target.closest?.("a[href]")?.href), { capture: true });

// Takes the place of `fetch`. Without a connection it waits for one. A module that is gone belongs to an earlier version
// of the server: then the new version's page is loaded as a whole.
export async function fetchModule(address) {
  for (;;) {
    const response = await fetch(address).catch(() => undefined);
    const bytes = response?.ok && (await response.arrayBuffer().catch(() => undefined));
    if (bytes) return new Response(bytes, { headers: { "content-type": "application/wasm" } });
    if (response?.status === 404) return leave();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function leave() {
  location.assign(target ?? location.href);
  return new Promise(() => {});
}
