// What is added to the list is no news.
const OURS = ".rows-head, .row-extras, .group-head, .selection, .saved, .view-panel";

// Rows come, go and change as processes do: tells of it once before the page is drawn again, however much has changed.
export function watch(container, changed) {
  let frame;
  const observer = new MutationObserver((records) => {
    if (!container.isConnected) return observer.disconnect();
    if (records.every(({ target }) => target.closest(OURS))) return;
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      if (container.isConnected) changed();
    });
  });
  // The colour of a state is its class; its buttons are replaced when the process has ended.
  observer.observe(container, { childList: true, subtree: true, attributeFilter: ["class"] });
  changed();
}
