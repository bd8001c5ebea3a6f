// The commands of the page in one dialog, with processes and templates by name; and the list of keys.
import "../../style/palette.css";
import { make } from "./log/dom.js";
import { commandsHere } from "./palette/commands.js";
import { Finder } from "./palette/finder.js";
import { keysDialog } from "./palette/keys.js";
import { Palette } from "./palette/dialog.js";

document.head.append(make("link", { rel: "stylesheet", href: import.meta.url.replace(/js$/, "css") }));

let openDialog;

function show(dialog) {
  openDialog?.close();
  openDialog = dialog;
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  // Beside it.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.showModal();
}

export function openPalette() {
  const palette = new Palette(commandsHere(openKeys), new Finder());
  show(palette.element);
}

export function openKeys() {
  show(keysDialog());
}
