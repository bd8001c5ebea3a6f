// Scrolls the terminal with a finger, which xterm.js does not. Where there is nothing more to scroll, the page scrolls.

// `scrolled()`: the reader has moved. Returns what undoes it.
export function scrollByTouch(terminal, element, scrolled) {
  let last;
  let rest = 0;

  const start = ({ touches }) => {
    last = touches.length === 1 ? touches[0].clientY : undefined;
    rest = 0;
  };
  const move = (event) => {
    if (last === undefined || event.touches.length !== 1) return;
    const y = event.touches[0].clientY;
    rest += last - y;
    last = y;
    const height = element.querySelector(".xterm-screen").clientHeight / terminal.rows;
    const rows = Math.trunc(rest / height);
    const { viewportY, baseY } = terminal.buffer.active;
    const isAtEdge = rest < 0 ? viewportY === 0 : viewportY >= baseY;
    if (isAtEdge) return;
    if (event.cancelable) event.preventDefault();
    if (rows === 0) return;
    rest -= rows * height;
    terminal.scrollLines(rows);
    scrolled();
  };
  element.addEventListener("touchstart", start, { passive: true });
  element.addEventListener("touchmove", move, { passive: false });
  return () => {
    element.removeEventListener("touchstart", start);
    element.removeEventListener("touchmove", move);
  };
}
