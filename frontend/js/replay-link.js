// Plays the recording that a link leads to in the page. What plays it is loaded then; if it cannot be, the link does what links do: the
// recording is downloaded.
import { addStyles } from "./styles.js";

const styles = (name) => addStyles(new URL(`./${name}.css`, import.meta.url));

export async function playLink(link) {
  // A menu closes behind it: the focus comes back to what opens the menu.
  (link.closest("details")?.querySelector("summary") ?? link).focus();
  try {
    const [{ replay }] = await Promise.all([import("./replay.js"), styles("terminal"), styles("replay")]);
    replay(link.href);
  } catch {
    location.assign(link.href);
  }
}
