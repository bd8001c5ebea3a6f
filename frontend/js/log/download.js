// A menu with the forms in which the output can be downloaded, and its replay.
import { make } from "../dom.js";

const FORMS = [["Raw", "The bytes as they were printed", ""], ["Text", "Without escape codes", "&format=text"], ["Text with times", "Each line with its time and stream", "&format=times"], ["Recording", "For asciinema", "&format=asciicast"]];

// `address`: that of the output.
export function downloadMenu(address) {
  const summary = make("summary", { className: "button ghost small" }, "Download");
  const links = FORMS.map(([name, about, form]) => make("a", { href: `${address}?download=true${form}`, download: "", rel: "external" }, name, make("span", { className: "muted" }, about)));
  // A script plays what this one leads to: replay-link.js.
  links.unshift(make("a", { className: "replay-link", href: `${address}?download=true&format=asciicast`, rel: "external" }, "Replay", make("span", { className: "muted" }, "As it was printed, in time")));
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
