// The tasks of a page's main thread, from Chromium's own trace.
import { rendererOf } from "./memory.js";

// Shorter tasks nobody notices, and there are very many.
const SHORTEST = 1;
// Tasks, as `RunTask`, and little else.
const CATEGORY = "disabled-by-default-devtools.timeline";

// Calls back, and returns how long each task of at least a millisecond took meanwhile, in ms.
export async function tasksDuring(browser, action) {
  const session = await browser.newBrowserCDPSession();
  const mains = new Set();
  const tasks = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const { name, pid, tid, dur, args } of value) {
      if (name === "thread_name" && args.name === "CrRendererMain") mains.add(`${pid} ${tid}`);
      else if (name === "RunTask" && dur >= SHORTEST * 1000) tasks.push({ pid, tid, time: dur / 1000 });
    }
  });
  const traceConfig = { includedCategories: [CATEGORY], excludedCategories: ["*"], recordMode: "recordAsMuchAsPossible" };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await action();
  const { pid } = await rendererOf(browser);
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  return tasks.filter((task) => task.pid === pid && mains.has(`${pid} ${task.tid}`)).map(({ time }) => time);
}
