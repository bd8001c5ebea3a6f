// Full-screen programs in a folder of their own, and what their screens show.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as base } from "./test.js";

export const test = base.extend({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "execdeck-programs-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

// Starts a program in the folder.
export const start = (server, folder, program, args, spec = {}) =>
  server.call("create_process", { spec: { program, args, cwd: folder, env: { TERM: "xterm-256color", LANG: "C.UTF-8", HOME: folder }, terminal: { cols: 80, rows: 24 }, ...spec } });

// The cells of the screen with their looks, the cursor, and the modes that say what keys and mouse type.
export const cells = (page) =>
  page.evaluate(() => {
    const { terminal } = document.querySelector(".term").session;
    const buffer = terminal.buffer.active;
    const rows = [];
    for (let y = 0; y < terminal.rows; y++) {
      const line = buffer.getLine(buffer.baseY + y);
      let row = "";
      for (let x = 0; x < terminal.cols; x++) {
        const cell = line.getCell(x);
        const text = cell.getChars() || " ";
        const flags = [cell.isInverse(), cell.isUnderline(), cell.isStrikethrough(), ...(text === " " ? [] : [cell.isBold(), cell.isDim(), cell.isItalic()])];
        const ground = [cell.getBgColorMode(), cell.getBgColor()];
        const ink = text === " " && !cell.isInverse() ? [] : [cell.getFgColorMode(), cell.getFgColor()];
        row += `${text}${cell.getWidth()}${flags.map((flag) => (flag ? "+" : "-")).join("")}${[...ground, ...ink]}|`;
      }
      rows.push(row);
    }
    return { rows, at: [buffer.cursorX, buffer.cursorY], kind: buffer.type, modes: { ...terminal.modes } };
  });
export const screenText = (page) =>
  page.evaluate(() => {
    const { terminal } = document.querySelector(".term")?.session ?? {};
    if (!terminal) return "";
    const buffer = terminal.buffer.active;
    return Array.from({ length: terminal.rows }, (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true)).join("\n");
  });
export const expectScreen = (page, text) => expect.poll(() => screenText(page), { timeout: 60_000 }).toContain(text);
