// A killed program leaves terminal modes on that only it would have reset.
// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html

// The soft reset (DECSTR) resets cursor keys, keypad, bracketed paste, focus reports,
// margins, colours and the cursor without touching the text; mouse modes and synchronized output are not part of it.
const RESET = "\x1b[!p\x1b[?9;1000;1002;1003;1004;1005;1006;1015;1016;2004;2026l\x1b[?25h\x1b[0m";

// Resets the modes of a terminal that has parsed everything. The alternate screen's content stays, below the text of the
// normal screen, which becomes scrollable again.
export function resetModes(terminal, done) {
  const alternate = terminal.buffer.active.type === "alternate";
  const screen = alternate ? screenText(terminal) : "";
  const below = alternate ? placeBelow(terminal) : "";
  terminal.write(`${RESET}${alternate ? "\x1b[?1049l" + below + screen + "\x1b[0m" : ""}`, done);
}

// Moves the cursor below the last line of text of the normal screen.
function placeBelow(terminal) {
  const { normal } = terminal.buffer;
  let row = terminal.rows - 1;
  while (row >= 0 && !normal.getLine(normal.baseY + row)?.translateToString(true)) row--;
  return row < 0 ? "\x1b[H" : `\x1b[${row + 1};1H\r\n`;
}

// The screen's rows with their colours.
function screenText(terminal) {
  const buffer = terminal.buffer.active;
  const rows = [];
  for (let row = 0; row < terminal.rows; row++) rows.push(rowText(buffer.getLine(buffer.baseY + row)));
  while (rows.length > 0 && rows.at(-1) === "") rows.pop();
  return rows.join("\r\n");
}

function rowText(line) {
  let text = "";
  let style = "0";
  let used = 0;
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell.getWidth() === 0) continue;
    const next = styleOf(cell);
    if (next !== style) text += `\x1b[${next}m`;
    style = next;
    text += cell.getChars() || " ";
    if (cell.getChars().trim() || next !== "0") used = text.length;
  }
  return used ? `${text.slice(0, used)}\x1b[0m` : "";
}

// The cell's style as SGR parameters that begin with a reset.
function styleOf(cell) {
  const style = ["0"];
  const flags = ["isBold", "isDim", "isItalic", "isUnderline", "isBlink", undefined, "isInverse", "isInvisible", "isStrikethrough"];
  flags.forEach((flag, at) => flag && cell[flag]() && style.push(`${at + 1}`));
  const colour = (code, palette, rgb, value) => {
    if (palette) style.push(`${code};5;${value}`);
    if (rgb) style.push(`${code};2;${value >> 16};${(value >> 8) & 255};${value & 255}`);
  };
  colour(38, cell.isFgPalette(), cell.isFgRGB(), cell.getFgColor());
  colour(48, cell.isBgPalette(), cell.isBgRGB(), cell.getBgColor());
  return style.join(";");
}
