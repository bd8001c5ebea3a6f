// What is done when a control is pressed that needs no code before: `data-does` says what, and the link to a replay plays it.
import { changeTheme } from "./page-theme.js";
import { playLink } from "./replay-link.js";
import { open } from "./shortcuts.js";

const DOES = { palette: () => open("palette"), theme: changeTheme, "full-screen": toggleFullScreen };

export function act(control) {
  const { does } = control.dataset;
  if (does) DOES[does](control);
  else playLink(control);
}

// What browsers refuse, such as for want of a click, stays as it is.
function toggleFullScreen(control) {
  if (document.fullscreenElement) document.exitFullscreen();
  else control.closest(".output").requestFullscreen?.().catch(() => {});
}
