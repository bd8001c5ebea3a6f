// What is wrong with the server, and how full its disk is.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/test.js";

const problem = (message) => ({ code: "little_space", message, since: "2026-11-24T15:00:00Z" });
const full = problem("Only 12 MB are free on the disk of the data folder. Remove processes that nobody needs any more.");

// Answers the event stream with these reports, one after another; it ends with the last one, and the page connects again.
async function report(page, ...reports) {
  const body = reports.map((problems) => `event: health\ndata: ${JSON.stringify({ problems })}\n\n`).join("");
  await page.unroute("**/api/events");
  await page.route("**/api/events", (route) => route.fulfill({ contentType: "text/event-stream", body }));
}

test("a problem shows on every page as it comes, moves nothing, and goes by itself", async ({ page, server }) => {
  const { id } = await server.sh("exit 0", { name: "during" });
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: "layout-shift", buffered: true });
  });
  await report(page, [full]);
  await page.goto("/admin/exec");
  const alert = page.getByRole("alert").filter({ hasText: full.message });
  await expect(alert).toBeVisible();
  expect(await page.evaluate(() => window.shifts.reduce((sum, value) => sum + value, 0))).toBeLessThan(0.01);
  await page.locator(`[data-id="${id}"] .row-name`).click();
  await expect(page.locator(".strip")).toBeVisible();
  await expect(alert).toBeVisible();
  // The terminal ends above it.
  const [pane, note] = await Promise.all([page.locator(".output").boundingBox(), alert.boundingBox()]);
  expect(pane.y + pane.height).toBeLessThanOrEqual(note.y + 1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id)).toEqual([]);
  await report(page, []);
  await expect(page.locator(".problems")).toBeHidden();
});

test("a problem is announced once, however often it is reported", async ({ page }) => {
  let streams = 0;
  page.on("request", (request) => (streams += request.url().endsWith("/api/events") ? 1 : 0));
  await report(page, [full], [full]);
  await page.addInitScript(() => {
    window.changes = 0;
    document.addEventListener("DOMContentLoaded", () => {
      const count = (records) => (window.changes += records.filter(({ type }) => type === "childList").length);
      new MutationObserver(count).observe(document.querySelector(".problems"), { childList: true, subtree: true });
    });
  });
  await page.goto("/admin/exec");
  await expect(page.locator(".problems li")).toHaveText([full.message]);
  await expect.poll(() => streams).toBeGreaterThan(2);
  expect(await page.evaluate(() => window.changes)).toBe(1);
});

test("how full the disk is is asked for again when there is a problem, or none any more", async ({ page, server }) => {
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  const asked = page.waitForRequest("**/api/get_health");
  const disk = { output_bytes: 1, database_bytes: 2, free_bytes: 0, total_bytes: 3 };
  await page.route("**/api/get_health", (route) => route.fulfill({ json: { problems: [], disk } }));
  await page.evaluate((problems) => dispatchEvent(new CustomEvent("execdeck-health", { detail: JSON.stringify({ problems }) })), [full]);
  await asked;
  await expect(page.locator(".disk-use")).toHaveText("Output 1 B · history 2 B · 0 B free");
  await expect(page.locator(".problems li")).toHaveText([full.message]);
});

test("the list says how full the disk is, other pages do not", async ({ page, server }) => {
  const { id } = await server.sh("exit 0", { name: "disk" });
  await page.goto("/admin/exec");
  const disk = page.locator(".disk-use");
  await expect(disk).toHaveText(/^Output \d.* · history \d.* · \d.* free$/);
  await page.goto(`/admin/exec/${id}`);
  await expect(disk).toBeHidden();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the page as it is sent says how full the disk is", async ({ page, tolerate }) => {
    tolerate(/^csp for .*\/pkg\//);
    await page.goto("/admin/exec");
    await expect(page.locator(".disk-use")).toHaveText(/^Output \d.* · history \d.* · \d.* free$/);
    await expect(page.locator(".problems")).toBeHidden();
  });
});
