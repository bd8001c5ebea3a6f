// From a click, or from an address, until there are lines to be read.
import { stopwatch } from "./stopwatch.js";

// The time since the page began to load, in ms, once there are rows. Runs in the page.
const areRowsSeen = () => [...document.querySelectorAll(".log-item")].some((item) => item.getBoundingClientRect().bottom > 0) && performance.now();

// Opens the log by a click in the list, within the app. Returns the time in ms, and is back in the list if there is one before it.
export async function openFromList(page) {
  if (!new URL(page.url()).pathname.endsWith("/exec")) {
    await page.goBack();
    await page.locator(".log-item").first().waitFor({ state: "detached" });
  }
  const link = page.getByRole("link", { name: "large log", exact: true });
  await link.waitFor();
  const time = stopwatch(page, "click", areRowsSeen);
  await link.click();
  return time;
}

// Loads the page of the log as a whole, with what the browser has in its cache.
export async function openFresh(page, address) {
  await page.goto("about:blank");
  await page.goto(address);
  const handle = await page.waitForFunction(areRowsSeen, undefined, { polling: "raf" });
  return handle.jsonValue();
}
