// Asks before several lines are pasted: a program takes the end of each for Enter. Not where it has said that it knows what is
// pasted from what is typed (bracketed paste).
// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
import { preferences } from "./preferences.js";

const LINE_BREAK = /[\r\n]/;
// Would end a bracketed paste before its end: what follows would count as typed.
const ESCAPES = /[\x1b\x9b]/g;

// `isLive()`: whether what is pasted goes to the program. `ask(text)` resolves to whether it should. Returns what undoes it.
export function guardPaste(terminal, isLive, ask) {
  let turn = Promise.resolve();
  const paste = async (text) => {
    if (await ask(text)) terminal.paste(text);
    terminal.focus();
  };

  // Whether xterm.js should leave the text alone, since it is taken care of.
  const takes = (text) => {
    if (!text || !isLive()) return false;
    if (terminal.modes.bracketedPasteMode) {
      const harmless = text.replace(ESCAPES, "");
      if (harmless.length === text.length) return false;
      terminal.paste(harmless);
      return true;
    }
    if (!LINE_BREAK.test(text) || !preferences.values.confirmPaste) return false;
    turn = turn.then(() => paste(text));
    return true;
  };

  const stop = (event, text) => {
    if (!takes(text)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const pasted = (event) => stop(event, event.clipboardData?.getData("text/plain"));
  // The keyboard of a phone pastes as if it were typed.
  const inserted = (event) => stop(event, event.data ?? event.dataTransfer?.getData("text/plain"));
  const { element } = terminal;
  element.addEventListener("paste", pasted, { capture: true });
  element.addEventListener("beforeinput", inserted, { capture: true });
  return () => {
    element.removeEventListener("paste", pasted, { capture: true });
    element.removeEventListener("beforeinput", inserted, { capture: true });
  };
}
