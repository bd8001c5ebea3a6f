// The page on which the output of all processes is searched. The form is sent as any other, so the address has what was searched for;
// this asks the server for it, and shows what is found while it comes.
import { search } from "./log/search.js";
import { Results } from "./search-page/results.js";
import { Status } from "./search-page/status.js";

const LIMIT = 1000;
const WHICH = ["name", "state", "label", "started_by"];

const { base = "" } = document.documentElement.dataset;
const form = document.querySelector(".search-form");
const place = document.querySelector("[data-search]");
const asked = new URLSearchParams(location.search);
const text = asked.get("q") ?? "";
let running;

async function run() {
  running = new AbortController();
  const { signal } = running;
  const results = new Results(base);
  const status = new Status(() => running.abort());
  place.replaceChildren(status.element, results.element);
  const which = Object.fromEntries(WHICH.map((name) => [name, asked.get(name)]).filter(([, value]) => value));
  const query = { text, regex: asked.get("regex") === "true", ignoreCase: asked.get("case") !== "true", limit: LIMIT, which };
  const hit = (found) => {
    results.add(found);
    status.found(results);
  };
  try {
    status.done(await search(`${base}/api/search`, query, signal, { hit, progress: (progress) => status.progress(progress) }), results);
  } catch (error) {
    if (signal.aborted) status.stopped(results);
    else if (error.field === "q") wrong(form.elements.q, error.message);
    else status.failed(error.message, results);
  }
  running = undefined;
}

// Says at a field what is wrong with it. Whoever changes the field has read it.
function wrong(field, message) {
  const note = document.getElementById(field.getAttribute("aria-describedby"));
  place.replaceChildren();
  note.textContent = message;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  const forget = () => {
    note.textContent = "";
    field.removeAttribute("aria-invalid");
  };
  field.addEventListener("input", forget, { once: true });
}

// What is left empty does not have to be in the address.
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

// Whoever comes back to a page that the browser has kept finds the search where it was left, and it goes on anew.
addEventListener("pageshow", ({ persisted }) => persisted && running && run());

if (text) run();
