// How lines are shown: kept in the browser.

const KEY = "execdeck.log";
const DEFAULTS = { wrap: true, numbers: true, time: "off" };

export function readSettings() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return {
      wrap: kept.wrap ?? DEFAULTS.wrap,
      numbers: kept.numbers ?? DEFAULTS.numbers,
      time: ["off", "clock", "ago", "start"].includes(kept.time) ? kept.time : DEFAULTS.time,
    };
  } catch {
    return { ...DEFAULTS };
  }
}

export function keepSettings(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Storage may be switched off or full: then the choice lasts as long as the page.
  }
}
