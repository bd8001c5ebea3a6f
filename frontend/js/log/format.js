// Times and gaps in words, as the rest of the page has them.
import { t } from "../../../app/js/texts.js";
import { duration, size } from "../format.js";
import { serverNow } from "./clock.js";

const REASONS = {
  retention: t("{size} no longer stored"),
  skipped: t("{size} skipped to catch up; included in the download"),
  not_written: t("{size} not saved: the disk was full or failed"),
  damaged: t("{size} damaged on the disk"),
};

export const gapText = ({ from, to, reason }) => (REASONS[reason] ?? t("{size} missing")).replace("{size}", size(to - from));

// A line's time as the reader wants to see it. `started`: when the process started, in ms, if it has.
export function timeText(time, kind, started) {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return "";
  if (kind === "clock") return clock(new Date(at));
  if (kind === "ago") return ago(serverNow() - at);
  return Number.isNaN(started) ? "" : since(at - started);
}

export const fullTime = (time) => (time ? `${new Date(time).toLocaleString()} (${time})` : "");

const two = (number) => String(number).padStart(2, "0");

const clock = (date) =>
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;

function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return t("{count} s ago", { count: seconds });
  return t("{duration} ago", { duration: duration(ms) });
}

function since(ms) {
  const sign = ms < 0 ? "−" : "+";
  const all = Math.floor(Math.abs(ms) / 1000);
  const rest = `${two(Math.floor(all / 60) % 60)}:${two(all % 60)}.${String(Math.floor(Math.abs(ms)) % 1000).padStart(3, "0")}`;
  return all < 3600 ? `${sign}${rest}` : `${sign}${Math.floor(all / 3600)}:${rest}`;
}
