// Charts of what a process uses, and what was done to it, in its details.
import { test, expect, expectTerminal } from "../support/test.js";
import { arrive } from "../support/visitor.js";

const part = (page, name) => page.locator(`on-demand[data-part="${name}"]`);

// Whether something is drawn on a chart.
const isDrawn = (canvas) => canvas.evaluate((element) => element.getContext("2d").getImageData(0, 0, element.width, element.height).data.some((byte) => byte > 0));

test("charts show CPU and memory, tell the peaks, and lead to the lines of a time", async ({ page, server }) => {
  const { id } = await server.sh("echo before; sleep 2; echo busy; timeout 3 sh -c 'while :; do :; done'; sleep 1; echo after; sleep 95201");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "after");
  await expect(page.locator("canvas")).toHaveCount(0);
  await part(page, "usage").getByText("Charts of CPU and memory").click();
  const canvases = part(page, "usage").locator("canvas");
  await expect(canvases).toHaveCount(2);
  for (const canvas of await canvases.all()) await expect.poll(() => isDrawn(canvas)).toBe(true);
  await expect(page.getByText(/Most CPU: \d+ % at/)).toBeVisible();
  // The peak is while it is busy.
  await page.locator(".usage-peaks > span").filter({ hasText: "CPU" }).getByRole("button").click();
  await expect(page.locator(".log-row [aria-current], .log-row[aria-current]").first()).toContainText("after");
  await expect(part(page, "usage").locator(".u-over").first()).toHaveAttribute("title", /lines of this time/);
  // Also from the terminal.
  await page.getByRole("radio", { name: "Terminal" }).check();
  await expect(page.locator(".xterm")).toBeVisible();
  await part(page, "usage").locator(".u-over").first().click({ position: { x: 5, y: 30 } });
  await expect(page.getByRole("radio", { name: "Log" })).toBeChecked();
  await expect(page.locator("[aria-current]").filter({ hasText: "busy" }).first()).toBeVisible();
  // It is open on the next page, too, and redrawn in its colours.
  await page.reload();
  await expect(canvases).toHaveCount(2);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => isDrawn(canvases.first())).toBe(true);
  await part(page, "usage").getByText("Charts of CPU and memory").click();
  await expect(canvases.first()).toBeHidden();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a process that ended at once says that nothing was measured", async ({ page, server }) => {
  const { id } = await server.sh("true");
  await page.goto(`/admin/exec/${id}`);
  await part(page, "usage").getByText("Charts of CPU and memory").click();
  await expect(page.getByText("Nothing was measured.")).toBeVisible();
});

test("administrators see what was done to a process, others do not", async ({ browser, page, server }) => {
  const { id } = await server.call("create_process", { spec: { program: "cat", terminal: { cols: 80, rows: 24 }, name: "acted on" } });
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term.active")).toBeVisible();
  await page.locator(".term").click();
  await page.keyboard.type("x\n");
  await expectTerminal(page, "x");
  await server.call("kill_process", { id, signal: "INT" });
  await part(page, "acts").getByText("What was done to it").click();
  const entries = part(page, "acts").locator("li");
  await expect(entries).toHaveCount(3);
  await expect(entries.nth(0)).toContainText("ada sent INT");
  await expect(entries.nth(1)).toContainText("ada typed into it");
  await expect(entries.nth(2)).toContainText("ada started it");
  await part(page, "acts").getByRole("link", { name: "All entries" }).click();
  await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
  await expect(page.locator("tbody tr")).toHaveCount(3);
  const { context, page: theirs } = await arrive(browser, server, "viewer", `/admin/exec/${id}`);
  await expect(part(theirs, "usage")).toBeVisible();
  await expect(part(theirs, "acts")).toBeHidden();
  await context.close();
});

test("what somebody may not see is not asked for, even if it was open before", async ({ browser, server }) => {
  const { id } = await server.sh("echo shown; sleep 95202");
  const { context, page } = await arrive(browser, server, "viewer", `/admin/exec/${id}`);
  const asked = [];
  page.on("request", (request) => request.url().includes("/api/list_audit") && asked.push(request.url()));
  await page.evaluate(() => {
    for (const name of ["acts", "usage"]) localStorage.setItem(`execdeck.open.${name}`, '{"open":true}');
  });
  await page.reload();
  // The other part has been opened, so this one would have been, too.
  await expect(part(page, "usage").locator("canvas")).toHaveCount(2);
  await expect(part(page, "acts").locator("details[open]")).toHaveCount(0);
  expect(asked).toEqual([]);
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("what is refused is not asked for again", async ({ page, server, tolerate }) => {
  tolerate(/40[13] .*\/api\/(list_audit|processes\/.*\/usage)|status of 40[13]/);
  const { id } = await server.sh("sleep 95203");
  await page.clock.install();
  const asked = [];
  const refuse = (pattern, status) =>
    page.route(pattern, (route) => {
      asked.push(status);
      return route.fulfill({ status, json: { code: "refused", message: "No." } });
    });
  await refuse("**/api/list_audit", 403);
  await refuse("**/usage", 401);
  await page.addInitScript(() => {
    for (const name of ["acts", "usage"]) localStorage.setItem(`execdeck.open.${name}`, '{"open":true}');
  });
  await page.goto(`/admin/exec/${id}`);
  await expect.poll(() => asked.toSorted()).toEqual([401, 403]);
  for (let second = 0; second < 60; second++) {
    await page.clock.runFor(1000);
    // The answers come in real time.
    await page.evaluate(() => fetch("/healthz"));
  }
  expect(asked.toSorted()).toEqual([401, 403]);
  await server.call("kill_process", { id, signal: "KILL" });
});
