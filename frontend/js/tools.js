// Loads the terminal's tools, a script of its own beside the terminal's, with their styles.
import { addStyles } from "./styles.js";

export async function loadTools() {
  // Without them the tools can be used, too; the next ones try it again.
  const styles = addStyles(new URL("./terminal-tools.css", import.meta.url)).catch(() => {});
  const [tools] = await Promise.all([import("./terminal-tools.js"), styles]);
  return tools;
}
