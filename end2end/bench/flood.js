// A terminal whose program prints as fast as it can while somebody watches, and then presses Ctrl+C. Beside it, pages with nothing but
// the same xterm.js: one that acknowledges what it has parsed, and one that writes whatever comes.
import { bareTerminal, execdeckTerminal } from "./flood-sides.js";
import { startFrames, stopFrames } from "./frames.js";
import { memoryOf } from "./memory.js";
import { most, quantile, sum } from "./numbers.js";
import { change, figure, mb, ms, part } from "./report.js";
import { tasksDuring } from "./tasks.js";

// `BENCH_SECONDS=5` is enough to try a change of the measure itself.
const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
// When nothing has been drawn for so long, a screen stands still; how long that is waited for. In ms.
const STILL = 1000;
const PATIENCE = 60_000;
// A task of this length is noticed, in ms.
const LONG = 50;

export async function measureFlood(stage) {
  const results = [await stage.withPage((page, browser) => execdeckTerminal(page, (side) => flood(page, browser, side)))];
  const [{ look }] = results;
  for (const flow of ["acknowledged", "naive"]) {
    results.push(await stage.withPage((page, browser) => bareTerminal(page, flow, look, (side) => flood(page, browser, side))));
  }
  part(`flood: ${SECONDS} s of output as fast as it comes`, ["Execdeck", "bare, acknowledged", "bare, naive", "target"]);
  const row = (name, value, target = "") => figure(name, ...results.map(value), target);
  row("drawn by", ({ look: { renderer, cols, rows } }) => `${renderer}, ${cols} × ${rows}`);
  row("output parsed by the page, per second", ({ parsed }) => mb(parsed / SECONDS));
  row("main thread: tasks over 1 ms, 95th percentile", ({ tasks }) => ms(quantile(tasks, 0.95)), `< ${LONG} ms`);
  row("main thread: longest task", ({ tasks }) => ms(most(tasks)));
  row(`main thread: tasks of ${LONG} ms and more`, ({ tasks }) => String(tasks.filter((task) => task >= LONG).length));
  row("main thread: time in tasks over 1 ms", ({ tasks }) => `${Math.round(sum(tasks) / SECONDS / 10)} %`);
  row("frames per second", ({ gaps }) => ((1000 * gaps.length) / sum(gaps)).toFixed(1));
  row("time between frames, 95th percentile", ({ gaps }) => ms(quantile(gaps, 0.95)));
  row("Ctrl+C → the process has ended", ({ stopped }) => ms(stopped), "< 500 ms");
  row("Ctrl+C → the screen stands still", ({ still }) => (still === undefined ? `> ${PATIENCE / 1000} s` : ms(still)));
  row("memory, JavaScript", ({ before, after }) => change({ before: before.heap, after: after.heap }));
  row("memory, process of the page", ({ before, after }) => change({ before: before.resident, after: after.resident }), "bounded");
  row("output that xterm.js refused", ({ lost }) => mb(lost));
}

// `side`: `look()`, which is `{renderer, cols, rows}`, `parsed()`, `lost()`, and `ended()`, the time at which the server knows that the process has ended, in ms since 1970.
async function flood(page, browser, side) {
  await watchDrawing(page);
  const before = await memoryOf(page, browser);
  await page.keyboard.press("Enter");
  const { parsed, gaps, tasks } = await flow(page, browser, side);
  const after = await memoryOf(page, browser);
  const pressed = Date.now();
  const ending = side.ended();
  page.keyboard.press("Control+c").catch(() => {});
  const stopped = (await ending) - pressed;
  const still = await stillAt(page);
  return { look: await side.look(), parsed, gaps, tasks, before, after, stopped, still: still && still - pressed, lost: await side.lost() };
}

async function flow(page, browser, side) {
  let gaps, parsed;
  const tasks = await tasksDuring(browser, async () => {
    const first = await side.parsed();
    await startFrames(page);
    await page.waitForTimeout(SECONDS * 1000);
    gaps = await stopFrames(page);
    parsed = (await side.parsed()) - first;
  });
  return { gaps, parsed, tasks };
}

const terminalOf = "(window.bench ?? document.querySelector('.term').session).terminal";

const watchDrawing = (page) => page.evaluate(`${terminalOf}.onWriteParsed(() => (window.benchWritten = Date.now()))`);

// When the last output was parsed, in ms since 1970; undefined if there is no end of it.
async function stillAt(page) {
  const stands = (still) => Date.now() - window.benchWritten > still && window.benchWritten;
  const handle = await page.waitForFunction(stands, STILL, { timeout: PATIENCE, polling: 100 }).catch(() => undefined);
  return handle?.jsonValue();
}
