// The commands of the page in one dialog, with processes and templates by name; and the list of keys.
import "../../style/palette.css";
import { commandsHere } from "./palette/commands.js";
import { Finder } from "./palette/finder.js";
import { keysDialog } from "./palette/keys.js";
import { Palette } from "./palette/dialog.js";
import { addStyles } from "./styles.js";

// Without them it can be used, too.
addStyles(import.meta.url.replace(/js$/, "css")).catch(() => {});

let openDialog;

function show(dialog) {
  openDialog?.close();
  openDialog = dialog;
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  // Beside it.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.showModal();
  // Its first control may be at its end.
  dialog.scrollTop = 0;
}

export function openPalette() {
  const palette = new Palette(commandsHere(openKeys), new Finder());
  show(palette.element);
}

export function openKeys() {
  show(keysDialog());
}
