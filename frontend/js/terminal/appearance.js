// The look of a terminal: what somebody has chosen, and otherwise the page's.
import { currentTheme, onThemeChange } from "../theme.js";
import { preferences } from "./preferences.js";
import { mayType } from "./rights.js";

const GENERIC = /^(ui-)?(monospace|serif|sans-serif)$/;
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

// The options of xterm.js that can be chosen. The colours are those of the element, which has the chosen theme from now on.
export function lookOf(element) {
  const { theme, fontSize, fontFamily } = preferences.values;
  const isContrast = theme === "contrast";
  element.toggleAttribute("data-contrast", isContrast);
  if (theme === "page") delete element.dataset.theme;
  else element.dataset.theme = isContrast ? "dark" : theme;
  return {
    fontSize,
    fontFamily: families(fontFamily) + getComputedStyle(element).getPropertyValue("--font-mono"),
    ...cursorOf(element),
    theme: currentTheme(element),
    minimumContrastRatio: isContrast ? 7 : 4.5,
  };
}

// Where nothing can be typed, the cursor only shows where the program has its own.
export function cursorOf(element) {
  const cursorStyle = mayType(element) ? preferences.values.cursorStyle : "underline";
  return { cursorStyle, cursorBlink: blinks(element) };
}

const blinks = (element) => preferences.values.cursorBlink && mayType(element) && !reducedMotion.matches;

// Only names: xterm.js puts them into a style sheet.
function families(text) {
  const names = text.split(",").map((name) => name.replace(/[^\p{L}\p{N} ._-]/gu, "").trim());
  return names.filter(Boolean).map((name) => (GENERIC.test(name) ? `${name}, ` : `"${name}", `)).join("");
}

// Keeps the look up to date. `resized()`: the cells may have another size. Returns what ends it.
export function keepLook(terminal, element, resized) {
  const renew = () => {
    Object.assign(terminal.options, lookOf(element));
    steady();
    resized();
  };
  // Whether the cursor blinks is not up to the program: one that restores the terminal would switch it off for good. And where
  // somebody wants less motion, no program makes it blink.
  const steady = () => {
    const isBlinking = blinks(element);
    if (terminal.options.cursorBlink !== isBlinking) terminal.options.cursorBlink = isBlinking;
    if (reducedMotion.matches) programBlinks(false);
  };
  // The public API does not tell what the program has asked for. Undefined: nothing.
  const programBlinks = (on) => (terminal._core.coreService.decPrivateModes.cursorBlink = on);
  const afterwards = () => {
    queueMicrotask(steady);
    return false;
  };
  for (const final of ["h", "l"]) terminal.parser.registerCsiHandler({ prefix: "?", final }, (params) => params.includes(12) && afterwards());
  terminal.parser.registerCsiHandler({ intermediates: " ", final: "q" }, afterwards);
  const motionChanged = () => {
    programBlinks(undefined);
    renew();
  };
  const ends = [preferences.onChange(renew), onThemeChange(element, renew)];
  reducedMotion.addEventListener("change", motionChanged);
  return () => {
    for (const end of ends) end();
    reducedMotion.removeEventListener("change", motionChanged);
    element.removeAttribute("data-contrast");
    delete element.dataset.theme;
  };
}
