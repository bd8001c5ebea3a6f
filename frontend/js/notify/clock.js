// What is recent by the server's clock: this machine's may be wrong.
import { askServer } from "../../../app/js/events.js";

// An end that is older was no news when the page heard of it.
const NEWS_MS = 60_000;
// How long it holds how far the two clocks are apart.
const KNOWN_MS = 300_000;

let asked;
// In milliseconds, of a clock that is never set.
let at = -Infinity;

export async function isRecent(time) {
  if (performance.now() - at > KNOWN_MS) {
    at = performance.now();
    asked = ahead();
  }
  return Date.now() + (await asked) - Date.parse(time) < NEWS_MS;
}

// How far the server's clock is ahead, in milliseconds; 0 if it cannot be asked.
async function ahead() {
  const [, time] = await askServer(`${document.documentElement.dataset.base ?? ""}/healthz`);
  return time === 0 ? 0 : time - Date.now();
}
