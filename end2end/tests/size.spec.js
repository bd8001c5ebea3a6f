// The output takes the room that the window has: never more, and again less when the window gets smaller.
import { expect, expectTerminal, showPipes, test } from "../support/test.js";

const rows = (page) => page.evaluate(() => document.querySelector(".term").session.terminal.rows);
const pageHeight = (page) => page.evaluate(() => document.documentElement.scrollHeight);

test("a terminal shrinks with its window", async ({ page, server }) => {
  const { id } = await server.sh("echo up; sleep 95041", { terminal: { cols: 80, rows: 24 } });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "up");
  await expect.poll(() => rows(page)).toBeGreaterThan(30);
  await page.setViewportSize({ width: 1280, height: 500 });
  await expect.poll(() => rows(page)).toBeLessThan(24);
  expect(await pageHeight(page)).toBeLessThanOrEqual(500);
});

for (const view of ["log", "terminal"]) test(`a finger scrolls the output: ${view}`, async ({ newPage, server }) => {
  const { id } = await server.sh("seq 3000; sleep 95042", { name: "touched" });
  const page = await newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await showPipes(page, view);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "3000");
  const box = await page.locator(".term :is(.log-scroller, .xterm)").boundingBox();
  const session = await page.context().newCDPSession(page);
  const touch = (type, y) => session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: box.x + 100, y }] });
  const top = () => page.evaluate(() => Number(document.querySelector(".term").session.topLine()));
  const before = await top();
  await touch("touchStart", box.y + 50);
  for (let at = 0; at <= 300; at += 20) await touch("touchMove", box.y + 50 + at);
  await touch("touchEnd");
  await expect.poll(top).toBeLessThan(before - 5);
  await expect(page.getByLabel("Follow")).not.toBeChecked();
});

test("nothing is wider than a phone, whatever the output's bar says", async ({ newPage, server }) => {
  const { id } = await server.sh("head -c 400000 /dev/zero | tr '\\0' x; sleep 95043", { name: "wide" });
  const page = await newPage({ viewport: { width: 390, height: 844 } });
  await showPipes(page, "terminal");
  await page.goto(`/admin/exec/${id}`);
  await expect(page.getByRole("button", { name: "Load from the start" })).toBeVisible();
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(390);
  await page.getByRole("button", { name: "Load from the start" }).click();
  await expect(page.getByText("Download everything").or(page.getByText("Back to"))).toBeVisible();
  expect(await width()).toBe(390);
});

test("on a phone the buttons of a process stand in one line, and its input has one of its own", async ({ newPage, server }) => {
  const page = await newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { id: ended } = await server.sh("exit 0", { name: "buttons" });
  const { id: reading } = await server.sh("cat", { name: "reading", stdin: true });
  for (const id of [ended, reading]) {
    await page.goto(`/admin/exec/${id}`);
    await expect(page.locator(".strip .state")).toContainText(id === ended ? "exit 0" : "running", { ignoreCase: true });
    await expect(page.getByRole("button", { name: "Details" })).toBeVisible();
    // The menu of signals hangs below its button, and the one for the details is beside the name.
    const buttons = page.locator(".strip-actions").locator(":is(button, a):visible:not(.menu-items *, [aria-pressed])");
    const tops = await buttons.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    expect(tops.length).toBeGreaterThan(2);
    expect(Math.max(...tops) - Math.min(...tops)).toBeLessThan(4);
  }
  const field = await page.getByLabel("Input for the process").boundingBox();
  expect(field.width).toBeGreaterThan(300);
});
