// Loads the terminal when a page first needs one: no other page pays for it.
let styles;

export async function openTerminal(...parameters) {
  styles ??= loadStyles(new URL("./terminal.css", import.meta.url).href);
  const [{ TerminalSession }] = await Promise.all([import("./terminal.js"), styles]);
  await pause();
  const session = new TerminalSession(...parameters);
  await pause();
  return session;
}

// Lets the page handle what has been clicked and typed: each of these steps takes a while on a phone.
const pause = () => new Promise((resolve) => setTimeout(resolve));

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
