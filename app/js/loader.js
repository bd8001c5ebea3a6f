// Loads the terminal or the log when a page first needs one: no other page pays for it. `path` is that of the build's files.
const styles = {};

export async function openWidget(path, name, ...parameters) {
  // This script may come from another host.
  const address = `${location.origin}${path}/${name}`;
  styles[address] ??= loadStyles(address);
  const [{ Session }] = await Promise.all([import(`${address}.js`), styles[address]]);
  await pause();
  const session = new Session(...parameters);
  await pause();
  return session;
}

// Lets the page handle what has been clicked and typed: each of these steps takes a while on a phone.
const pause = () => new Promise((resolve) => setTimeout(resolve));

// If they cannot be loaded, the next widget tries again; this one is opened without them.
function loadStyles(address) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${address}.css` });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      delete styles[address];
      resolve();
    };
    document.head.append(link);
  });
}
