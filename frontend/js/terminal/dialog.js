// A dialog over the page. Escape closes it; the page's keys do nothing meanwhile.
import { make } from "../dom.js";

let count = 0;

// `closed(value)`: what the button that has closed it stands for, an empty text for Escape.
export function makeDialog(className, title, closed, ...children) {
  const heading = make("h2", { id: `term-dialog-${++count}` }, title);
  const dialog = make("dialog", { className: `term-dialog ${className}`, "aria-labelledby": heading.id }, heading, ...children);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => closed(dialog.returnValue));
  return dialog;
}

export const textButton = (className, text, click) => {
  const button = make("button", { type: "button", className }, text);
  button.addEventListener("click", click);
  return button;
};
