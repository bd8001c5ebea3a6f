// What shows the lines: the rows, which scroll, the scrollbar, and short messages over them.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { Notice } from "./notice.js";
import { Rail } from "./rail.js";
import { Selection } from "./selection.js";
import { View } from "./view.js";
import { Window } from "./window.js";

// `events`: `followed(on)`, `problem(error)`, `loaded()`, `dragged(fraction)` by the scrollbar, `selected()`, and `textOf(item)`: the text of
// a row's line. `end` is for what follows the last line; `box` is hidden at first.
export function makePane(lines, rows, events) {
  const scroller = make("div", { className: "log-scroller", role: "log", "aria-label": t("Lines of output"), "aria-live": "off", tabIndex: 0 });
  // On paper.
  Object.assign(scroller.dataset, { earlier: t("Earlier lines are not printed."), later: t("Later lines are not printed.") });
  const end = make("div", { className: "log-end" });
  // Not shown before it has something to show: that it is put where the rows are would be a shift of the layout.
  const box = make("div", { className: "log-box", hidden: true }, rows.element, end);
  const space = make("div", { className: "log-space" }, box);
  scroller.append(space);
  const rail = new Rail(events.dragged);
  const notice = new Notice();
  const selection = new Selection(scroller, rows.element, {
    textOf: events.textOf,
    total: () => lines.total - lines.first + 1,
    selected: events.selected,
    say: (text) => notice.say(text),
  });
  const window = new Window(scroller, space, box, rows.element, lines, {
    make: (line) => rows.make(line),
    isCurrent: (line, element) => rows.isCurrent(line, element),
    drop: () => selection.drop(),
  });
  const { followed, problem, loaded } = events;
  const view = new View(scroller, window, lines, rail, { followed, problem, loaded, isSelected: () => selection.exists() });
  const element = make("div", { className: "log-pane" }, scroller, rail.element, notice.element);
  return { element, scroller, window, view, selection, notice, end, box };
}
