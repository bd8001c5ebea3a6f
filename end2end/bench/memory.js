// What a page keeps in memory, once garbage is collected.
import { readFile } from "node:fs/promises";

// `{heap, resident}` in bytes: JavaScript values, and all memory of the process that has the page. Call it with the only page of a browser.
export async function memoryOf(page, browser) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const { value: heap } = metrics.find(({ name }) => name === "JSHeapUsedSize");
  await session.detach();
  return { heap, resident: (await rendererOf(browser)).resident };
}

// The process of the only page: `{pid, resident}`. A second one that waits for the next page is smaller.
export async function rendererOf(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const sizes = await Promise.all(renderers.map(async ({ id }) => ({ pid: id, resident: await residentOf(id) })));
  return sizes.reduce((a, b) => (b.resident > a.resident ? b : a));
}

async function residentOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
}
