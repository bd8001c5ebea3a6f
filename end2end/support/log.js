// The log view, as the tests read and use it.
import { expect } from "./test.js";

export const scroller = (page) => page.getByRole("log", { name: "Lines of output" });
export const row = (page, number) => page.locator(`.log-item[data-line="${number}"]`);
export const text = (page, number) => row(page, number).locator(".log-text");
export const top = (page) => page.evaluate(() => document.querySelector(".term").session.topLine());
export const follow = (page) => page.getByLabel("Follow");
export const ended = (server, id) => expect.poll(async () => (await server.call("get_process", { id })).state, { timeout: 60_000 }).toMatch(/exited|killed/);
export const goTo = async (page, place) => {
  await page.getByLabel("Go to a line number").fill(place);
  await page.getByLabel("Go to a line number").press("Enter");
};
// Runs the script, waits for its end and opens its page.
export async function open(page, server, script, spec) {
  const { id } = await server.sh(script, spec);
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  return id;
}
// Whether a row is seen, by its place.
export const isSeen = (page, number) =>
  row(page, number).evaluate((item) => {
    // It may have given way to a newer one meanwhile.
    if (!item.isConnected) return false;
    const [box, pane] = [item.getBoundingClientRect(), item.closest(".log-scroller").getBoundingClientRect()];
    return box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1;
  });
// Turns the wheel until what is shown says that it is enough. Each turn waits for what the one before has moved.
export async function wheelUntil(page, turn, isEnough) {
  do {
    const before = await top(page);
    await page.mouse.wheel(0, turn);
    await expect.poll(() => top(page), { intervals: [20] }).not.toBe(before);
  } while (!(await isEnough()));
}
