// Loads the terminal when a page first needs one: no other page pays for it. `path` is that of the build's files.
const styles = {};

export async function openTerminal(path, ...parameters) {
  // This script may come from another host.
  const folder = location.origin + path;
  styles[folder] ??= loadStyles(folder);
  const [{ TerminalSession }] = await Promise.all([import(`${folder}/terminal.js`), styles[folder]]);
  await pause();
  const session = new TerminalSession(...parameters);
  await pause();
  return session;
}

// Lets the page handle what has been clicked and typed: each of these steps takes a while on a phone.
const pause = () => new Promise((resolve) => setTimeout(resolve));

// If they cannot be loaded, the next terminal tries again; this one is opened without them.
function loadStyles(folder) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}/terminal.css` });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      delete styles[folder];
      resolve();
    };
    document.head.append(link);
  });
}
