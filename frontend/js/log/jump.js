// Goes to where somebody wants to: a line, the start, the end, or a time.

const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/;
// As it is typed or copied: with the separators that a language has between thousands, or with none.
const NUMBER = /^#?l?(\d+|\d{1,3}([,.'’\s]\d{3})+)$/;
const DAY = 86_400_000;

// Words for places, which are typed like this in any language.
export const PLACES = { start: "start", end: "end" };

// Reads what was typed: `{line}`, `{end: true}`, `{time}` in ms since 1970 or `{clock}`, a time of day. Undefined if it is none of these.
export function readPlace(text) {
  const word = text.trim().toLowerCase();
  if (NUMBER.test(word)) return { line: Math.max(1, Number(word.replace(/\D/g, ""))) };
  if (["start", "top", "begin", "beginning"].includes(word)) return { line: 1 };
  if (["end", "bottom", "tail"].includes(word)) return { end: true };
  const time = TIME.exec(word);
  if (time && time[1] < 24 && time[2] < 60) return { clock: { hours: +time[1], minutes: +time[2], ms: Math.round(+(time[3] ?? 0) * 1000) } };
  const at = /^\d{4}-\d{2}/.test(word) ? Date.parse(text.trim().replace(" ", "T")) : NaN;
  return Number.isNaN(at) ? undefined : { time: at };
}

// The number of the first line at or after a place. Undefined if no line has a time.
export async function findPlace(place, lines) {
  if (place.line !== undefined) return Math.max(lines.first, Math.min(place.line, lines.total));
  const timeOf = async (number) => Date.parse((await lines.probe(number))?.time);
  const time = place.time ?? clockTime(place.clock, await timeOf(lines.first), await timeOf(lines.total));
  return time === undefined ? undefined : firstAt(time, lines);
}

// The last time that the clock showed this while lines came, or if it never did, the first time after that. Undefined if it is not known
// when the first line came, or the last one.
export function clockTime({ hours, minutes, ms }, first, last) {
  if (Number.isNaN(first) || Number.isNaN(last)) return undefined;
  const day = new Date(last);
  day.setHours(hours, minutes, 0, ms);
  const at = day.getTime();
  return at > last && at - DAY >= first ? at - DAY : at;
}

// How exactly a time was entered, in ms: it may be meant to be anything until then.
export function precisionOf(text) {
  if (/:\d+:\d+\./.test(text)) return 1;
  if (/:\d+:/.test(text)) return 1000;
  return text.includes(":") ? 60_000 : DAY;
}

async function firstAt(time, lines) {
  let [low, high] = [lines.first, lines.total];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lines.probe(middle);
    const at = Date.parse(line?.time);
    // Of lines without a time, the next one that has one counts.
    if (at < time) low = Math.max(middle, Math.min(line.number, high - 1)) + 1;
    else high = middle;
  }
  return low;
}
