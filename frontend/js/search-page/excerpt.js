// What is shown of a line: around its first match, if it is long.

// In UTF-16 units.
const SHOWN = 500;
const BEFORE = 120;

// `matches`: `[{from, to}]`. `isCut`: the line has more text than is here. Returns pieces, `[{text, isMatch}]`.
export function excerpt(text, matches, isCut) {
  const first = matches[0]?.from ?? 0;
  const begin = text.length <= SHOWN || first <= BEFORE ? 0 : whole(text, Math.min(first - BEFORE, text.length - SHOWN));
  const end = whole(text, Math.min(text.length, begin + SHOWN));
  const pieces = [];
  const add = (from, to, isMatch) => from < to && pieces.push({ text: text.slice(from, to), isMatch });
  let at = begin;
  for (const { from, to } of matches) {
    if (from >= end) break;
    add(at, from, false);
    add(Math.max(at, from), Math.min(to, end), true);
    at = Math.max(at, Math.min(to, end));
  }
  add(at, end, false);
  if (begin > 0) pieces.unshift({ text: "…", isMatch: false });
  if (end < text.length || isCut) pieces.push({ text: "…", isMatch: false });
  return pieces;
}

// The beginning of a line around a match.
export const shortened = (text) => (text.length > SHOWN ? `${text.slice(0, whole(text, SHOWN))}…` : text);

// A place between two characters, at this one or just before it.
const whole = (text, at) => (at > 0 && /^[\udc00-\udfff]/.test(text.slice(at)) ? at - 1 : at);
