// A line as an element: gaps before it, its number, time and stream, and its text with colours, level and matches.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { size } from "../format.js";
import { read } from "./escape.js";
import { fullTime, gapText, timeText } from "./format.js";
import { jsonOf, levelOfJson, levelOfText, pretty } from "./level.js";
import { append } from "./text.js";

// Characters that are shown of a long line until all are wanted.
const SHOWN = 2000;

// `context`: `{settings, started, marked, open, pen, matches(number, text)}`. `open`: the numbers of the lines that are shown whole. `pen`:
// its state at the beginning of the line.
export function makeRow(line, gaps, context) {
  const { text, runs } = read(line.text, context.open.has(line.number) ? Infinity : SHOWN, context.pen);
  const object = line.cut ? undefined : jsonOf(text);
  const row = make("div", { className: "log-row" });
  row.dataset.stream = line.stream;
  if (context.marked === line.number) row.setAttribute("aria-current", "true");
  row.append(
    make("span", { className: "log-gutter" }, numberLink(line), timeOf(line, context), streamOf(line)),
    object ? jsonText(line, text, object, context) : plainText(line, text, runs, context),
  );
  return make("div", { className: "log-item" }, ...gaps.map(gapRow), row);
}

export const gapRow = (gap) => make("div", { className: "log-gap" }, `— ${gapText(gap)} —`);

// The text that a line shows, with neither its colours nor anything beside it.
export const shownText = (line) => read(line.text).text;

export function setTime(element, settings, started) {
  element.textContent = settings.time === "off" ? "" : timeText(element.dateTime, settings.time, started);
}

function numberLink({ number }) {
  return make("a", { className: "log-number", href: `#L${number}`, tabIndex: -1, title: t("Link to this line") }, String(number));
}

function timeOf(line, { settings, started }) {
  const element = make("time", { className: "log-time", dateTime: line.time ?? "", title: fullTime(line.time) });
  setTime(element, settings, started);
  return element;
}

function streamOf({ stream }) {
  const isError = stream === "stderr";
  return make("span", { className: "log-stream", title: isError ? t("Standard error") : "" }, isError ? "err" : "");
}

function plainText(line, text, runs, context) {
  const element = make("span", { className: "log-text" });
  const isLong = text.length > SHOWN && !context.open.has(line.number);
  const end = isLong ? shownEnd(text) : text.length;
  const level = levelOfText(text);
  const extra = level ? [{ ...level, classes: `log-word level-${level.kind}` }] : [];
  const matches = context.matches(line.number, text);
  append(element, text, runs, end, extra, matches ?? []);
  const beyond = beyondText(matches, end);
  if (isLong) {
    element.append("…");
    const length = size(line.text.length);
    const label = line.cut ? t("Show the first {size}", { size: length }) : t("Show all ({size})", { size: length });
    return make("span", { className: "log-long" }, element, make("button", { type: "button", className: "log-more ghost small" }, label), ...beyond);
  }
  if (line.cut) element.append(make("span", { className: "log-cut" }, ` … ${t("only the beginning of this line is shown; the download has all of it")}`));
  return beyond.length > 0 ? make("span", { className: "log-long" }, element, ...beyond) : element;
}

// Says that a line matches where it is not shown.
function beyondText(matches, end) {
  const isBeyond = matches && (matches.length === 0 || matches.at(-1).to > end);
  return isBeyond ? [make("span", { className: "log-beyond" }, matches.some(({ from }) => from < end) ? t("More matches beyond what is shown") : t("Matches beyond what is shown"))] : [];
}

function jsonText(line, text, object, context) {
  const isOpen = context.open.has(line.number);
  const element = make("span", { className: isOpen ? "log-text log-pretty" : "log-text" });
  const shown = isOpen ? pretty(text) : text;
  const end = isOpen ? shown.length : shownEnd(shown);
  const matches = isOpen ? undefined : context.matches(line.number, text);
  append(element, shown, [{ from: 0, to: shown.length }], end, [], matches ?? []);
  if (end < shown.length) element.append("…");
  const label = isOpen ? t("Collapse JSON") : t("Expand JSON");
  const button = make("button", { type: "button", className: "log-toggle", title: label, "aria-label": label, "aria-expanded": String(isOpen) }, isOpen ? "▾" : "▸");
  const level = levelOfJson(object);
  const badge = level ? [make("span", { className: `log-level level-${level.kind}` }, level.name.slice(0, 8))] : [];
  return make("span", { className: isOpen ? "log-json open" : "log-json" }, button, ...badge, element, ...beyondText(matches, end));
}

// Not between the halves of a character.
function shownEnd(text) {
  if (text.length <= SHOWN) return text.length;
  return /[\ud800-\udbff]/.test(text[SHOWN - 1]) ? SHOWN - 1 : SHOWN;
}
