// What the list of processes offers besides its rows, which the server has sent and the app keeps current: loaded once
// somebody uses the list, or there is something to show (`app/js/list.js`).
import { Selection } from "./list/selection.js";
import { watch } from "./list/changes.js";

// `container`: the page's `.list`. `styles`: the address of the styles for what is added here.
export async function open(container, styles) {
  await loadStyles(styles);
  if (!container.isConnected) return;
  const parts = [new Selection(container)];
  watch(container, () => {
    for (const part of parts) part.update();
  });
}

// If they cannot be loaded, everything works without them.
function loadStyles(href) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}
