// The state of a process as the list shows it: shape, colour and words (`app/src/components/state.rs`, `app/src/format/outcome.rs`).
import { make } from "../dom.js";
import { outcome } from "../outcome.js";

const HUES = { starting: "running", running: "running", stopping: "warned", restarting: "warned", interrupted: "neutral" };
const ICONS = {
  queued: "Queued",
  restarting: "Again",
  starting: "Running",
  running: "Running",
  stopping: "Stop",
  killed: "Stop",
  timed_out: "Clock",
};
const SVG = "http://www.w3.org/2000/svg";

export function stateMark(process) {
  return make("span", { className: `state ${hueOf(process)}` }, icon(iconOf(process)), outcome(process));
}

function hueOf({ state, unsuccessful }) {
  return HUES[state] ?? (unsuccessful ? "failed" : state === "exited" ? "succeeded" : "neutral");
}

function iconOf({ state, unsuccessful, gave_up: gaveUp }) {
  if (gaveUp) return "Cross";
  if (state === "exited") return unsuccessful ? "Cross" : "Check";
  if (state === "failed") return unsuccessful ? "Alert" : "Stop";
  return ICONS[state] ?? "Interrupted";
}

// One of the drawings that the document holds.
function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#execdeck-icon-${name}`);
  drawing.append(use);
  return drawing;
}
