// Loads the styles of components that stand in a page of another application, once for each address. Without them the components
// work all the same: they wait for the first attempt, but not for long, and styles that cannot be loaded are tried again later.
const PATIENCE = 10_000;
const PAUSE = 5000;
const styles = {};

export function loadStyles(href) {
  return (styles[href] ??= Promise.race([load(href, PAUSE), new Promise((resolve) => setTimeout(resolve, PATIENCE))]));
}

function load(href, pause) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      setTimeout(load, pause, href, 2 * pause);
      resolve();
    };
    document.head.append(link);
  });
}
