// The terminal's colours are the page's: read from its tokens, and again when they change.

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

export function currentTheme(element) {
  const style = getComputedStyle(element);
  const token = (name) => {
    const text = style.getPropertyValue(name).trim();
    return text.includes("(") ? resolve(element, name) : text;
  };
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

// The colour that a function such as `light-dark()` is here.
function resolve(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function onThemeChange(element, changed) {
  const observer = new MutationObserver(changed);
  // Other applications change their theme by the class or style of the document, or by an attribute of the component.
  for (const target of [document.documentElement, document.body, element.closest(".execdeck")]) {
    if (target) observer.observe(target, { attributeFilter: ["class", "data-theme", "style"] });
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
