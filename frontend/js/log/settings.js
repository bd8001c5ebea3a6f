// How lines are shown: kept in the browser.
import { keep, readKept } from "../kept.js";

const KEY = "execdeck.log";
const DEFAULTS = { wrap: true, numbers: true, time: "off" };

export function readSettings() {
  const kept = readKept(KEY);
  return {
    wrap: kept.wrap ?? DEFAULTS.wrap,
    numbers: kept.numbers ?? DEFAULTS.numbers,
    time: ["off", "clock", "ago", "start"].includes(kept.time) ? kept.time : DEFAULTS.time,
  };
}

export function keepSettings(settings) {
  keep(KEY, settings);
}
