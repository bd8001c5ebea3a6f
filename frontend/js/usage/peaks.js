// The highest values in words, each with a button that shows the lines of that time: what a chart says to those who see none.
import { t } from "../../../app/js/texts.js";
import { filled, make } from "../dom.js";
import { clockText, percentText, sizeText } from "./units.js";

export function peaks({ times, cpu, memory }, show) {
  return [[t("Most CPU: {value} at {time}"), cpu, percentText], [t("Most memory: {value} at {time}"), memory, sizeText]].flatMap(([sentence, values, text]) => {
    const highest = values.reduce((best, value, index) => (value !== null && (best === -1 || value > values[best]) ? index : best), -1);
    if (highest === -1) return [];
    const button = make("button", { type: "button", className: "link", title: t("Show the lines of this time") }, clockText(times[highest]));
    button.addEventListener("click", () => show(times[highest] * 1000));
    return [make("span", {}, ...filled(sentence, { value: text(values[highest]), time: button }))];
  });
}
