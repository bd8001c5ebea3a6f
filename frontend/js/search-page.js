// The page on which the output of all processes is searched. What was searched for is in the address, as if the form had been sent; this
// asks the server for it, and shows what is found while it comes. The page stays while there is no connection.
import { search } from "./log/search.js";
import { Form } from "./search-page/form.js";
import { Results } from "./search-page/results.js";
import { Status } from "./search-page/status.js";

// Hits of all processes and of one.
const LIMIT = 1000;
const PER_PROCESS = 200;

const { base = "" } = document.documentElement.dataset;
const place = document.querySelector("[data-search]");
// What the page says as long as nothing is searched for.
const hints = [...place.childNodes];
const form = new Form(document.querySelector(".search-form"));
let running;

async function run() {
  running?.abort();
  running = undefined;
  form.excuse();
  const { text, ...asked } = form.asked();
  if (!text) return place.replaceChildren(...hints);
  const abort = (running = new AbortController());
  const query = { text, ...asked, limit: LIMIT, which: { ...asked.which, per_process: PER_PROCESS } };
  const results = new Results(base, query);
  const status = new Status(() => abort.abort(), Object.keys(asked.which).length > 0);
  place.replaceChildren(status.element, results.element);
  const hit = (found) => {
    results.add(found);
    status.found(results);
  };
  try {
    const end = await search(`${base}/api/search`, query, abort.signal, { hit, progress: (progress) => status.progress(progress) });
    results.done(end);
    status.done(end, results);
  } catch (error) {
    results.broken();
    if (abort.signal.aborted) status.stopped(results);
    // Whoever is signed out is led to where they can sign in.
    else if (error.status === 401) location.reload();
    else if (error.field === "q") {
      place.replaceChildren();
      form.refuse(error.message);
    } else status.failed(error.message, results);
  }
  if (running === abort) running = undefined;
}

form.begin(run);
// Whoever comes back to a page that the browser has kept finds the search where it was left, and it goes on anew.
addEventListener("pageshow", ({ persisted }) => persisted && running && run());

if (form.asked().text) run();
