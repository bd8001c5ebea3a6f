// What a line shows: its text without escape codes, and where which style and which link of the program applies.
import { harmless } from "./links.js";
import { Pen } from "./pen.js";

// CSI sequences, strings such as titles and links, other escape sequences, and control characters except tabs. What is
// unfinished at the end of the line is left out, too.
const CODES = /\x1b\[([0-?]*)[ -/]*([@-~]?)|\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?|[\0-\x08\n-\x1f\x7f-\x9f]/g;
// What moves the cursor or deletes: such a line is played on a row of cells.
const MOVES = /[\r\b]|\x1b\[[\d;]*[CDGJKPX`]/;
const ANY = /[\0-\x08\n-\x1f\x7f-\x9f]/;
// The cursor is not moved beyond this column, and so many cells are erased or moved in a line at most: output may be made to take
// long.
const COLUMNS = 1000;
const WORK = 1 << 20;
const BLANK = { char: " ", style: undefined };
const TAB = 8;
// A link of the program's, or its end: OSC 8, parameters, address.
const LINK = /^\x1b\]8;[^;]*;([^\x07\x1b]*)/;
const COMBINING = /^[\p{M}\u200d\ufe0f]/u;

// Returns `{text, runs}`: each run is `{from, to, style, href}`, in UTF-16 units of the text; without a style if it is plain, and with
// an address if it is a link, which ends with the line at the latest. What is beyond the limit may be missing. `state`: of the pen with
// which the line begins.
export function read(raw, limit = Infinity, state = undefined) {
  const pen = new Pen(state);
  if (!ANY.test(raw)) return { text: raw, runs: [{ from: 0, to: raw.length, style: pen.style }] };
  return MOVES.test(raw) ? play(raw, pen) : strip(raw, pen, limit);
}

// The state of the pen behind a line that begins with another one.
export function stateAfter(raw, state) {
  const pen = new Pen(state);
  const nothing = () => {};
  scan(raw, nothing, (final, parameters) => final === "m" && pen.set(parameters), nothing);
  return pen.state;
}

// Calls for each piece of text, for each code with its final character and parameters, and for each link with its address, until a
// piece is no longer wanted.
function scan(raw, print, code, link) {
  let at = 0;
  for (const match of raw.matchAll(CODES)) {
    if (match.index > at && print(raw.slice(at, match.index)) === false) return;
    at = match.index + match[0].length;
    if (match[2]) code(match[2], match[1]);
    else if (match[0] === "\r" || match[0] === "\b") code(match[0], "");
    else if (match[0].startsWith("\x1b]8;")) link(harmless(LINK.exec(match[0])?.[1]));
  }
  if (at < raw.length) print(raw.slice(at));
}

function strip(raw, pen, limit) {
  const runs = [];
  let text = "";
  let href;
  const print = (piece) => {
    runs.push({ from: text.length, to: text.length + piece.length, style: pen.style, href });
    text += piece;
    return text.length <= limit;
  };
  const code = (final, parameters) => final === "m" && pen.set(parameters);
  scan(raw, print, code, (address) => (href = address));
  return { text, runs };
}

// As a terminal would show the line in the end: a progress bar overwrites itself.
function play(raw, pen) {
  const cells = [];
  let column = 0;
  let work = 0;
  let href;
  const mayMove = (count) => (work += count) <= WORK;
  const blank = (from, to) => {
    if (mayMove(to - from)) for (let at = from; at < to; at++) cells[at] = BLANK;
  };
  const put = (char) => {
    const before = cells[column - 1];
    if (before && COMBINING.test(char)) return (cells[column - 1] = { ...before, char: before.char + char });
    if (column > cells.length) blank(cells.length, column);
    column = Math.min(column, cells.length);
    cells[column++] = { char, style: pen.style, href };
  };
  const print = (piece) => {
    for (const char of piece) {
      if (char === "\t") column = (Math.floor(column / TAB) + 1) * TAB;
      else put(char);
    }
  };
  const code = (final, parameters) => {
    const [first] = parameters.split(";");
    const count = Math.min(Number(first) || 1, COLUMNS);
    if (final === "m") pen.set(parameters);
    else if (final === "\r") column = 0;
    else if (final === "\b") column = Math.max(0, column - 1);
    else if (final === "C") column = Math.max(column, Math.min(column + count, COLUMNS));
    else if (final === "D") column = Math.max(0, column - count);
    else if (final === "G" || final === "`") column = count - 1;
    else if (final === "P") mayMove(cells.length) && cells.splice(column, count);
    else if (final === "X") blank(column, Math.min(column + count, cells.length));
    // A log keeps what a program clears from its screen, as far as it is not behind the cursor.
    else if (final === "K" || (final === "J" && !Number(first))) erase(first);
  };
  const erase = (which) => {
    if (which === "1") blank(0, Math.min(column + 1, cells.length));
    else cells.length = which === "2" ? 0 : Math.min(column, cells.length);
  };
  scan(raw, print, code, (address) => (href = address));
  return join(cells);
}

function join(cells) {
  const runs = [];
  let text = "";
  for (const { char, style, href } of cells) {
    const last = runs.at(-1);
    if (last && last.style === style && last.href === href) last.to += char.length;
    else runs.push({ from: text.length, to: text.length + char.length, style, href });
    text += char;
  }
  return { text, runs };
}
