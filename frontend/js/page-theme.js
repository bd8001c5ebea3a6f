// The theme of the page: light, dark, or the system's. A cookie remembers it, so that the server sends pages in it, and other tabs take it
// over when they are looked at.
import { t } from "../../app/js/texts.js";

// In words, as in the label of the button (`app/src/theme.rs`).
const WORDS = { auto: t("system"), light: t("light"), dark: t("dark") };
const YEAR = 31_536_000;
const root = document.documentElement;

function show(theme) {
  root.dataset.theme = theme;
  const button = document.querySelector('[data-does="theme"]');
  if (button) button.title = button.ariaLabel = t("Change theme (now {theme})", { theme: WORDS[theme] });
}

// From the system's theme to its opposite first, so that each first click is seen.
export function changeTheme() {
  const order = matchMedia("(prefers-color-scheme: dark)").matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  document.cookie = `theme=${theme}; Path=${root.dataset.base || "/"}; Max-Age=${YEAR}; SameSite=Lax`;
  show(theme);
}

// Where cookies are blocked, each tab keeps its own.
function follow() {
  const theme = /(?:^|;\s*)theme=(\w+)/.exec(document.cookie)?.[1];
  if (Object.hasOwn(WORDS, theme) && theme !== root.dataset.theme) show(theme);
}

addEventListener("focus", follow);
follow();
