// Searches the log: in the page, and all of it beside ripgrep on the same bytes.
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { stopwatch } from "./stopwatch.js";

// Times each is taken; the best counts.
const ROUNDS = 3;

// Searches in the page as a reader who has gone to the end or the start, and returns the time from Enter until the match whose turn it is is seen, in ms. `from` is "end" or "start", `line` the
// number of the line there.
export async function find(page, text, from, line) {
  const place = page.getByLabel("Go to a line number");
  await place.fill(from);
  await place.press("Enter");
  await page.locator(`.log-item[data-line="${line}"]`).waitFor();
  const field = page.getByLabel("Search in the log");
  await field.fill(text);
  const isSeen = () => {
    const box = document.querySelector(".log-current mark")?.getBoundingClientRect();
    return box && box.top > 0 && box.bottom < innerHeight;
  };
  const time = stopwatch(page, "keydown", isSeen);
  await field.press("Enter");
  const found = await time;
  await page.waitForFunction(() => !document.querySelector(".log-find .log-status").textContent.startsWith("Searching"), undefined, { timeout: 120_000 });
  await page.keyboard.press("Escape");
  return found;
}

// Asks the server for all lines that match, as many as it gives in one answer after another. Returns the time in ms.
export const searchAll = (log, text) =>
  best(async () => {
    for (let from = 1, limited = true; limited; ) {
      const parameters = new URLSearchParams({ q: text, from, limit: 10_000 });
      const response = await fetch(`${log.server.url}/api/processes/${log.id}/search?${parameters}`, { headers: log.server.headers });
      const lines = (await response.text()).trimEnd().split("\n");
      ({ limited } = JSON.parse(lines.at(-1)));
      if (limited) from = JSON.parse(lines.at(-2)).line + 1;
    }
  });

// The same by ripgrep, with line numbers. Returns the time in ms.
export async function ripgrep(log, text) {
  const folder = join(log.server.folder, "processes", log.id, "output");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".log")).map((name) => join(folder, name));
  return best(() => promisify(execFile)("rg", ["--fixed-strings", "--line-number", "--text", text, ...files], { maxBuffer: 1 << 30 }));
}

async function best(action) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await action();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
