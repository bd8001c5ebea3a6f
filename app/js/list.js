// Loads what the list offers besides its rows (`frontend/js/list.js`): once somebody uses the list, or there is something to show.
import { keepFocus } from "./focus.js";

// In milliseconds: the page can be used first.
const SOON = 1500;

export function openList(container) {
  keepFocus(container);
  const { base, version } = document.documentElement.dataset;
  const address = `${location.origin}${base}/pkg/${version}/list`;
  let loading;
  // What could not be loaded is tried again the next time.
  const load = () => (loading ??= import(`${address}.js`).then(({ open }) => open(container, `${address}.css`)).then(
    (opened) => opened ?? (loading = undefined),
    () => (loading = undefined),
  ));
  for (const kind of ["pointerover", "focusin"]) container.addEventListener(kind, load);
  container.addEventListener("click", async ({ target }) => {
    if (target.closest(".view")) (await load())?.toggleView();
    // A title that is a link only now.
    const title = !target.closest("a") && target.closest("[data-sort]");
    if (title && (await load())) title.querySelector("a")?.click();
  });
  const has = (selector) => container.querySelector(selector);
  if (has('input:is([value*="group:"], [value*="sort:"])') || hasFilters()) load();
  // Rows to compare, a process that uses something, or boxes that no pointer brings.
  else setTimeout(() => has(`.row + .row, form[action$="/stop"]${matchMedia("(hover: none)").matches ? ", .row" : ""}`) && load(), SOON);
}

function hasFilters() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("execdeck.filters."));
  } catch {}
}
