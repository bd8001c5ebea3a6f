// Sizes and durations as the rest of the page writes them (`app/src/format/mod.rs`).
import { t } from "../../app/js/texts.js";

const UNITS = [["kB", 1e3], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12]];

// `812 B`, `1.2 MB`; powers of 1000. `bytes`: a whole number.
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const [name, unit] = UNITS.find(([, unit]) => Math.round(bytes / (unit / 10)) < 10_000) ?? UNITS.at(-1);
  return `${(Math.round(bytes / (unit / 10)) / 10).toFixed(1)} ${name}`;
}

// `850 ms`, `12 s`, `1 m 12 s`, `3 h 5 m`, `2 d 4 h`. `ms`: a whole number.
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds === 0) return `${ms} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return t("{minutes} m {seconds} s", { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
  if (seconds < 86_400) return t("{hours} h {minutes} m", { hours: Math.floor(seconds / 3600), minutes: Math.floor((seconds % 3600) / 60) });
  return t("{days} d {hours} h", { days: Math.floor(seconds / 86_400), hours: Math.floor((seconds % 86_400) / 3600) });
}

// `just now`, `12 s ago`, `5 m ago`. `ms`: how long ago.
export function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 5) return t("just now");
  if (seconds < 60) return t("{count} s ago", { count: seconds });
  if (seconds < 3600) return t("{count} m ago", { count: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t("{count} h ago", { count: Math.floor(seconds / 3600) });
  return t("{count} d ago", { count: Math.floor(seconds / 86_400) });
}
