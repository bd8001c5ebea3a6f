// Loads the terminal's tools, a script of its own beside the terminal's, with their styles.
let styles;

export async function loadTools() {
  styles ??= loadStyles();
  const [tools] = await Promise.all([import("./terminal-tools.js"), styles]);
  return tools;
}

// Without them the tools can be used, too.
function loadStyles() {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("./terminal-tools.css", import.meta.url) });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}
