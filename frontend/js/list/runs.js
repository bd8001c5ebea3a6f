// The last runs of a name as a strip of marks, the oldest first: each leads to its process.
import { make } from "../log/dom.js";
import { extrasOf, idOf, nameOf } from "./rows.js";

// `runs`: newest first, this row's process among them. A single one is the row itself.
export function showRuns(row, runs) {
  const old = row.querySelector(".row-runs");
  if (runs.length < 2) return void old?.remove();
  const marks = [...runs].reverse().map((run) => mark(run, run.id === idOf(row)));
  const strip = make("div", { className: "row-runs", role: "group", "aria-label": `Last runs of ${nameOf(row)}` }, ...marks);
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
  const duration = run.duration_ms === null || run.duration_ms === undefined ? [] : [durationText(run.duration_ms)];
  const text = [outcome(run), new Date(run.created_at).toLocaleString(), ...duration].join(" · ");
  return make("a", { className: `run ${hue(run)}`, href: `${base}/admin/exec/${run.id}`, title: text, "aria-label": text, tabIndex: isLast ? 0 : -1 });
}

// The same words as in the rows (`app/src/format/outcome.rs`).
function outcome({ state, exit, limit_hit: limit, unsuccessful }) {
  if (limit === "memory_bytes" && !ACTIVE.has(state)) return "memory limit";
  if (state === "exited" && exit?.code !== undefined) return `exit ${exit.code}`;
  if (state === "killed" && exit?.signal) return `killed by ${exit.signal}`;
  if (state === "timed_out") return "timed out";
  if (state === "failed") return unsuccessful ? "failed to start" : "cancelled";
  return state;
}

const ACTIVE = new Set(["queued", "starting", "running", "stopping", "restarting"]);

function hue({ state, unsuccessful }) {
  if (ACTIVE.has(state)) return "running";
  if (unsuccessful && state !== "interrupted") return "failed";
  return state === "exited" ? "succeeded" : "neutral";
}

// As `format::duration` writes it.
function durationText(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds === 0) return `${ms} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
