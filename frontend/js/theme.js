// The terminal's colours are the page's: read from its tokens, and again when they change.

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

export function currentTheme(element) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(name).trim();
  const theme = {
    background: token("--term-ground"),
    foreground: token("--term-text"),
    cursor: token("--term-cursor"),
    cursorAccent: token("--term-ground"),
    selectionBackground: token("--term-selection"),
  };
  for (const name of NAMES) {
    theme[name] = token(`--term-${name}`);
    theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = token(`--term-bright-${name}`);
  }
  return theme;
}

export function onThemeChange(changed) {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
