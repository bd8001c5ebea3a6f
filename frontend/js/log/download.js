// A menu with the forms in which the output can be downloaded, and its replay.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";

const FORMS = [
  [t("Raw"), t("The bytes as they were printed"), ""],
  [t("Text"), t("Without escape codes"), "&format=text"],
  [t("Text with times"), t("Each line with its time and stream"), "&format=times"],
  [t("Recording"), t("For asciinema"), "&format=asciicast"],
];

// `address`: that of the output.
export function downloadMenu(address) {
  const summary = make("summary", { className: "button ghost small" }, t("Download"));
  const links = FORMS.map(([name, about, form]) => make("a", { href: `${address}?download=true${form}`, download: "", rel: "external" }, name, make("span", { className: "muted" }, about)));
  // A script plays what this one leads to: replay-link.js.
  links.unshift(make("a", { className: "replay-link", href: `${address}?download=true&format=asciicast`, rel: "external" }, t("Replay"), make("span", { className: "muted" }, t("As it was printed, in time"))));
  const menu = make("details", { className: "log-menu" }, summary, make("div", { className: "menu-items" }, ...links));
  const close = () => (menu.open = false);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
    summary.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && close());
  for (const link of links) link.addEventListener("click", () => setTimeout(close));
  // Heard only while it is open.
  const outside = ({ target }) => menu.contains(target) || close();
  menu.addEventListener("toggle", () => document[menu.open ? "addEventListener" : "removeEventListener"]("pointerdown", outside));
  return menu;
}
