// What the list of processes offers besides its rows, which the server has sent and the app keeps current: loaded once
// somebody uses the list, or there is something to show (`app/js/list.js`).
import { Activity } from "./list/activity.js";
import { Arrangement } from "./list/arrangement.js";
import { watch } from "./list/changes.js";
import { Columns } from "./list/columns.js";
import { SavedFilters } from "./list/saved.js";
import { Selection } from "./list/selection.js";
import { View } from "./list/view.js";
import { addStyles } from "./styles.js";

// `container`: the page's `.list`. `styles`: the address of the styles for what is added here. Returns what the page's own
// buttons call.
export async function open(container, styles) {
  // Without them everything works, too.
  await addStyles(styles).catch(() => {});
  // The page may have been left meanwhile, or the list is still on its way.
  if (!container.isConnected || !container.querySelector(".view")) return undefined;
  const saved = new SavedFilters(container);
  const view = new View(container, saved);
  const update = () => {
    for (const part of parts) part.update();
  };
  // Rows that a closed group hides are not selected, and nothing is asked about them.
  const parts = [saved, new Columns(container), new Arrangement(container, update), new Selection(container), new Activity(container, update)];
  watch(container, update);
  return { toggleView: () => view.toggle() };
}
