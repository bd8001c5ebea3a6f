// The tasks of a page's main thread, from Chromium's own trace.
import { rendererOf } from "./memory.js";

// Shorter tasks nobody notices, and there are very many.
const SHORTEST = 1;

// Calls back, and returns how long each task of at least a millisecond took meanwhile, in ms.
export async function tasksDuring(page, browser, action) {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await action();
  const { pid } = await rendererOf(browser);
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const main = traceEvents.find((event) => event.name === "thread_name" && event.pid === pid && event.args.name === "CrRendererMain");
  const isTask = ({ name, ph, tid }) => ph === "X" && tid === main.tid && name === "RunTask";
  return traceEvents.filter((event) => event.pid === pid && isTask(event)).map(({ dur }) => dur / 1000).filter((dur) => dur >= SHORTEST);
}
