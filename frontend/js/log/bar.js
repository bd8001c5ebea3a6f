// The controls of the log: search, a place to go to, and how lines are shown.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { downloadMenu } from "./download.js";
import { PLACES } from "./jump.js";
import { keepSettings } from "./settings.js";

const TIMES = [["off", t("No times")], ["clock", t("Time of day")], ["ago", t("Time ago")], ["start", t("Since the beginning")]];

// `filter`: the choice of a stream. `output`: the address of the output. `go(text)` returns, maybe later, what is wrong with the text, if anything is. `changed(name)` says which setting has changed.
export function makeBar(find, filter, output, settings, go, changed) {
  const set = (name, value) => {
    settings[name] = value;
    keepSettings(settings);
    changed(name);
  };
  const options = make("div", { className: "log-options" }, goTo(go), filter, timeSelect(settings, set), onOff(t("Wrap"), t("Wrap long lines"), "wrap", settings, set), onOff(t("Numbers"), t("Line numbers"), "numbers", settings, set), downloadMenu(output));
  return make("div", { className: "log-bar" }, find.element, optionsButton(options), options);
}

// Where there is little room, the controls that are used less are behind a button.
function optionsButton(options) {
  const button = make("button", { type: "button", className: "ghost small log-options-button", "aria-expanded": "false" }, t("Options"));
  button.addEventListener("click", () => button.setAttribute("aria-expanded", String(options.classList.toggle("open"))));
  return button;
}

export function goTo(go) {
  const field = make("input", { type: "text", className: "log-field log-goto", placeholder: t("Go to"), "aria-label": t("Go to a line number, {start}, {end}, or a time such as 14:05", PLACES), title: t("A line number, {start}, {end}, or a time such as 14:05", PLACES), spellcheck: false, autocomplete: "off", enterKeyHint: "go" });
  const wrong = make("span", { className: "log-status log-wrong", role: "status" });
  const form = make("form", { className: "log-goto-form" }, field, wrong);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = field.value.trim() === "" ? undefined : await go(field.value);
    wrong.textContent = problem ?? "";
    if (problem) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  });
  field.addEventListener("input", () => {
    wrong.textContent = "";
    field.removeAttribute("aria-invalid");
  });
  return form;
}

function timeSelect(settings, set) {
  const select = make("select", { className: "log-select", "aria-label": t("Times of lines") }, ...TIMES.map(([value, text]) => make("option", { value }, text)));
  select.value = settings.time;
  select.addEventListener("change", () => set("time", select.value));
  return select;
}

function onOff(text, label, name, settings, set) {
  const button = make("button", { type: "button", className: "ghost small", title: label, "aria-pressed": String(settings[name]) }, text);
  button.addEventListener("click", () => {
    set(name, !settings[name]);
    button.setAttribute("aria-pressed", String(settings[name]));
  });
  return button;
}
