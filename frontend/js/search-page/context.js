// The lines around one that matches, for whoever asks for them.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { Asking } from "../log/asking.js";
import { read } from "../log/escape.js";
import { fullTime, timeText } from "../log/format.js";
import { shortened } from "./excerpt.js";

// So many lines before and after it.
const AROUND = 3;

// A button that shows and hides them above and below the line, in the item of the line. `hit`: of whom and which line.
export function contextButton({ id, line }) {
  const { base = "" } = document.documentElement.dataset;
  const asking = new Asking(`${base}/api/processes/${id}/lines`);
  const button = make("button", { type: "button", className: "ghost small", "aria-expanded": "false", "aria-label": t("Show the lines around line {line}", { line }), title: t("Lines around it") }, "⋯");
  let shown = [];
  const close = () => {
    for (const element of shown) element.remove();
    shown = [];
    button.ariaExpanded = "false";
  };
  const show = (element, isAbove) => {
    shown.push(element);
    if (isAbove) button.parentElement.prepend(element);
    else button.after(element);
  };
  const list = (label, lines) => make("ol", { className: "search-context", "aria-label": label }, ...lines.map(row));
  button.onclick = async () => {
    if (button.ariaExpanded === "true") return close();
    close();
    button.ariaExpanded = "true";
    const from = Math.max(1, line - AROUND);
    const answer = await asking.fetch({ from, count: line + AROUND + 1 - from }).catch((error) => error);
    if (button.ariaExpanded === "false" || shown.length > 0) return;
    if (!answer.lines) {
      show(note(answer.status ? answer.message : t("The server cannot be reached. Try again.")));
      button.ariaExpanded = "false";
      return;
    }
    const before = answer.lines.filter(({ number }) => number < line);
    // There may be fewer lines before it, and so more behind.
    const after = answer.lines.filter(({ number }) => number > line && number <= line + AROUND);
    if (before.length > 0) show(list(t("Lines before line {line}", { line }), before), true);
    if (after.length > 0) show(list(t("Lines after line {line}", { line }), after));
    if (shown.length === 0) show(note(t("There are no other lines.")));
  };
  return button;
}

const note = (text) => make("p", { className: "search-context", role: "alert" }, text);

function row(line) {
  const time = make("time", { title: fullTime(line.time) }, line.time ? timeText(line.time, "clock") : "");
  return make("li", { className: line.stream === "stderr" ? "from-stderr" : "" }, make("span", { className: "search-number" }, String(line.number)), time, make("code", { translate: false }, shortened(read(line.text).text)));
}
