// Buttons of the bars for searching and showing.
import { make } from "./dom.js";

export function square(text, label, click) {
  const made = make("button", { type: "button", className: "ghost small square", "aria-label": label, title: label }, text);
  made.addEventListener("click", click);
  return made;
}

// A button that is pressed or not. `changed()` when it has become the other.
export function onOff(text, label, changed) {
  const made = square(text, label, () => {
    made.setAttribute("aria-pressed", String(made.ariaPressed !== "true"));
    changed();
  });
  made.classList.add("log-mono");
  made.setAttribute("aria-pressed", "false");
  return made;
}
