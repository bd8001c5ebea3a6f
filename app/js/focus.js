// Keeps the keyboard's place when the control that has the focus goes away: a stopped process has other buttons, and a
// removed one has no row any more. Without this the focus falls back to the start of the page.

export function keepFocus(container) {
  let place;
  const cleanup = new AbortController();
  const forget = ({ target }) => {
    if (!container.isConnected) cleanup.abort();
    if (!container.contains(target)) place = undefined;
  };
  container.addEventListener("focusin", ({ target }) => {
    const row = target.closest("li, .more") ?? container;
    place = { target, row, next: row.nextElementSibling, previous: row.previousElementSibling };
  });
  for (const kind of ["focusin", "pointerdown"]) document.addEventListener(kind, forget, { capture: true, signal: cleanup.signal });

  const restore = () => {
    if (!place || isVisible(place.target)) return;
    // A browser that has not drawn yet leaves the focus on a control that is hidden.
    const active = document.activeElement;
    if (active && active !== document.body && active !== place.target) return;
    const { row, next, previous } = place;
    place = undefined;
    // Links only: a key that is still held must not press another button.
    const candidates = [...links(row), ...links(next), ...links(previous).reverse()];
    (candidates.find(isVisible) ?? document.getElementById("main"))?.focus();
  };
  // The browser moves the focus away from hidden controls when it draws.
  const observer = new MutationObserver(() => place && requestAnimationFrame(() => requestAnimationFrame(restore)));
  observer.observe(container, { childList: true, subtree: true, attributeFilter: ["hidden"] });
  cleanup.signal.addEventListener("abort", () => observer.disconnect());
}

// The link of each row; in what has no rows, all links.
function links(element) {
  const rows = element?.querySelectorAll(".row-name") ?? [];
  return rows.length > 0 ? [...rows] : [...(element?.querySelectorAll("a[href]") ?? [])];
}

const isVisible = (element) => element.isConnected && element.checkVisibility();
