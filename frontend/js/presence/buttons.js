import { make } from "../dom.js";

// Shows these buttons, `[label, act]`. Those of the same labels stay, with their focus, and do what is now given.
export function setButtons(element, buttons) {
  const labels = JSON.stringify(buttons.map(([label]) => label));
  if (element.dataset.labels !== labels) {
    element.dataset.labels = labels;
    const made = buttons.map(([label]) => make("button", { type: "button", className: "small execdeck-button" }, label));
    element.replaceChildren(...made);
  }
  buttons.forEach(([, act], index) => (element.children[index].onclick = act));
}
