// Adds a style sheet to the page unless it is there. Resolves once it is loaded, and rejects if it cannot be: then it is gone again.
export function addStyles(address) {
  const { href } = new URL(address, location);
  if ([...document.querySelectorAll("link[rel=stylesheet]")].some((link) => link.href === href)) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(`${href} could not be loaded`));
    };
    document.head.append(link);
  });
}
