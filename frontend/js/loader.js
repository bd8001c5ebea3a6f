// Loads the terminal when a page first needs one: no other page pays for it.
let styles;

export async function openTerminal(...parameters) {
  styles ??= loadStyles(new URL("./terminal.css", import.meta.url).href);
  const [{ TerminalSession }] = await Promise.all([import("./terminal.js"), styles]);
  return new TerminalSession(...parameters);
}

// Resolves also when they cannot be loaded: the output is readable without them.
function loadStyles(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}
