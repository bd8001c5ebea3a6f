// Keeps the keyboard's place when the control that has the focus goes away: a stopped process has other buttons, and a
// removed one has no row any more. Without this the focus falls back to the start of the page.

const CONTROLS = "button, a[href]";

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
    if (!place || isVisible(place.target) || (document.activeElement && document.activeElement !== document.body)) return;
    const { row, next, previous } = place;
    const controls = (element) => [...(element?.querySelectorAll(CONTROLS) ?? [])];
    const near = [...controls(row.querySelector(".row-actions") ?? row), ...controls(next), ...controls(previous).reverse()];
    place = undefined;
    (near.find(isVisible) ?? document.getElementById("main"))?.focus();
  };
  // The browser moves the focus away from hidden controls when it draws.
  const observer = new MutationObserver(() => place && requestAnimationFrame(() => requestAnimationFrame(restore)));
  observer.observe(container, { childList: true, subtree: true, attributeFilter: ["hidden"] });
}

const isVisible = (element) => element.isConnected && element.checkVisibility();
