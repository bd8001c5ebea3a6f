// The keys that scroll the lines: also those of whoever has not clicked anywhere yet, unless they scroll the page with them.

// `view`: `rowHeight()` and `scroll(by)` in pixels, `toStart()`, `toEnd()`. Returns what ends it.
export function listenToKeys(scroller, view) {
  const listener = (event) => {
    const { body, documentElement: page } = document;
    const isHere = event.target === scroller || (event.target === body && page.scrollHeight <= page.clientHeight);
    // With Ctrl, too, these two go to the ends of all lines, where the browser would scroll to those of the lines that are loaded.
    const isEnd = event.ctrlKey && (event.key === "Home" || event.key === "End");
    if (((event.ctrlKey || event.metaKey) && !isEnd) || event.altKey || !isHere) return;
    const row = view.rowHeight();
    const height = Math.max(row, scroller.clientHeight - row);
    const moves = { ArrowUp: -row, ArrowDown: row, PageUp: -height, PageDown: height, " ": event.shiftKey ? -height : height };
    if (event.key === "Home" || event.key === "g") view.toStart();
    else if (event.key === "End" || event.key === "G") view.toEnd();
    else if (moves[event.key]) view.scroll(moves[event.key]);
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
