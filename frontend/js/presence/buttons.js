import { make } from "../dom.js";

// Shows these buttons, `[label, act]`, and keeps those that are there already, with their focus.
export function setButtons(element, buttons) {
  const labels = (list) => JSON.stringify(list);
  if (element.dataset.labels === labels(buttons.map(([label]) => label))) return;
  element.dataset.labels = labels(buttons.map(([label]) => label));
  element.replaceChildren(
    ...buttons.map(([label, act]) => {
      const button = make("button", { type: "button", className: "small execdeck-button" }, label);
      button.addEventListener("click", act);
      return button;
    }),
  );
}
