// Loads the terminal when a page first needs one: no other page pays for it.
let styles;

export async function openTerminal(...parameters) {
  styles ??= loadStyles(new URL("./terminal.css", import.meta.url).href);
  const [{ TerminalSession }] = await Promise.all([import("./terminal.js"), styles]);
  return new TerminalSession(...parameters);
}

// If they cannot be loaded, the next terminal tries again; this one is opened without them.
function loadStyles(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      styles = undefined;
      resolve();
    };
    document.head.append(link);
  });
}
