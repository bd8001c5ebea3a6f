// Loads the styles of components that stand in a page of another application, once for each address. Without them the components
// work all the same, so a failure is no reason to wait.
const styles = {};

export function loadStyles(href) {
  return (styles[href] ??= new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  }));
}
