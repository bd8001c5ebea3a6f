// xterm.js shows its scroll bar whenever a line comes and sets a timer each time, which takes longer than the line. Here it shows when
// somebody scrolls. The public API has nothing for that.

// Returns what shows it for a moment.
export function showWhenScrolled(terminal) {
  const scrollable = terminal._core._viewport?._scrollableElement;
  scrollable?.setRevealOnScroll(false);
  return () => scrollable?._reveal();
}
