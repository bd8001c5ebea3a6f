// Rows come, go and change as processes do: tells of it once before the page is drawn again, however much has changed.
export function watch(container, changed) {
  let frame;
  const observer = new MutationObserver(() => {
    if (!container.isConnected) return observer.disconnect();
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      if (container.isConnected) changed();
    });
  });
  // The colour of a state is its class; its buttons are replaced when the process has ended.
  observer.observe(container, { childList: true, subtree: true, attributeFilter: ["class"] });
  changed();
}
