// The last runs of a name as a strip of marks, the oldest first: each leads to its process.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { duration } from "../format.js";
import { isActive, outcome } from "../outcome.js";
import { extrasOf, idOf, nameOf } from "./rows.js";

// `runs`: newest first, this row's process among them. A single one is the row itself.
export function showRuns(row, runs) {
  const old = row.querySelector(".row-runs");
  if (runs.length < 2) return void old?.remove();
  const marks = [...runs].reverse().map((run) => mark(run, run.id === idOf(row)));
  const strip = make("div", { className: "row-runs", role: "group", "aria-label": t("Last runs of {name}", { name: nameOf(row) }) }, ...marks);
  // One stop for Tab, whatever their number: the arrow keys go from one to the next.
  strip.addEventListener("keydown", (event) => {
    const to = marks[marks.indexOf(event.target) + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? NaN)];
    if (!to) return;
    event.preventDefault();
    for (const other of marks) other.tabIndex = other === to ? 0 : -1;
    to.focus();
  });
  const focused = old ? [...old.children].indexOf(document.activeElement) : -1;
  if (old) old.replaceWith(strip);
  else extrasOf(row).append(strip);
  if (focused >= 0) marks[Math.min(focused, marks.length - 1)].focus();
}

function mark(run, isLast) {
  const { base = "" } = document.documentElement.dataset;
  const took = run.duration_ms === null || run.duration_ms === undefined ? [] : [duration(run.duration_ms)];
  const text = [outcome(run), new Date(run.created_at).toLocaleString(), ...took].join(" · ");
  return make("a", { className: `run ${hue(run)}`, href: `${base}/admin/exec/${run.id}`, title: text, "aria-label": text, tabIndex: isLast ? 0 : -1 });
}

function hue({ state, unsuccessful }) {
  if (isActive(state)) return "running";
  if (unsuccessful && state !== "interrupted") return "failed";
  return state === "exited" ? "succeeded" : "neutral";
}
