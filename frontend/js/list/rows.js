// What the rows say of their processes.
import { t } from "../../../app/js/texts.js";

export const allRows = (container) => [...container.querySelectorAll(".rows > .row")];

// Those that somebody sees: not the ones that are about to go, nor those of a group that is closed.
export const shownRows = (container) => allRows(container).filter(isShown);

export const isShown = (row) => !row.hidden && !row.hasAttribute("data-closed");

export const idOf = (row) => row.dataset.id;

export const nameOf = (row) => row.querySelector(".row-name").textContent;

export const whoOf = (row) => row.querySelector(".row-who").textContent;

// Pairs of key and value.
export const labelsOf = (row) =>
  [...row.querySelectorAll(".row-labels .label")].map(({ textContent }) => {
    const at = textContent.indexOf("=");
    return [textContent.slice(0, at), textContent.slice(at + 1)];
  });

export const isActive = (row) => row.querySelector('.row-actions form[action$="/stop"]') !== null;

// The hue of its state: `running`, `warned`, `failed`, `succeeded` or `neutral`.
export const hueOf = (row) => row.querySelector(".state").classList[1];

export const outcomeOf = (row) => row.querySelector(".state").textContent;

// In milliseconds, as exact as the row shows it; less than 0 if it has not started.
export function durationOf(row) {
  const text = row.querySelector(".row-duration").textContent;
  const parts = DURATIONS.map((pattern) => pattern.exec(text)).find(Boolean)?.groups;
  return parts ? Object.entries(parts).reduce((sum, [unit, number]) => sum + number * UNITS[unit], 0) : -1;
}

const UNITS = { ms: 1, seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };
// As `format.js` writes them.
const DURATIONS = ["{ms} ms", "{seconds} s", t("{minutes} m {seconds} s"), t("{hours} h {minutes} m"), t("{days} d {hours} h")].map(
  (text) => new RegExp(`^\\D*${text.replace(/[.*+?^$()[\]\\|]/g, "\\$&").replace(/{(\w+)}/g, "(?<$1>\\d+)")}$`),
);

const usages = new WeakMap();

// What its process used last: `cpu_percent` and `memory_bytes`; none unless it is active and was asked for.
export const usageOf = (row) => (isActive(row) ? usages.get(row) : undefined);
export const keepUsage = (row, usage) => usages.set(row, usage);

// Where what is added to a row is put.
export function extrasOf(row) {
  const present = row.querySelector(".row-extras");
  if (present) return present;
  const extras = Object.assign(document.createElement("div"), { className: "row-extras" });
  row.append(extras);
  return extras;
}

// Whether the list has all that match: no older ones are left to load.
export const isWhole = (container) => container.querySelector(".more") === null;
