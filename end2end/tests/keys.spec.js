// Keys that act on the page, and those that must not.
import { test, expect, expectTerminal } from "../support/test.js";
import { arrive } from "../support/visitor.js";

test("what is typed into a terminal that ends under it does nothing on the page", async ({ page, server }) => {
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", "echo ready; read line; sleep 0.3"], terminal: { cols: 80, rows: 24 } },
  });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  await page.keyboard.type("exit\n");
  await expect(page.locator(".state").first()).toHaveClass(/succeeded/);
  await page.keyboard.type("find n ?");
  await page.keyboard.press("Control+k");
  // Whoever looks up uses the same keys again.
  await page.locator(".term").click();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toHaveCount(1);
  await expect(page.getByRole("dialog")).toContainText("Everywhere");
  await expect(page).toHaveURL(new RegExp(`/admin/exec/${id}$`));
  expect(await page.evaluate(() => document.fullscreenElement)).toBe(null);
});

test("what cannot be loaded without a connection opens later", async ({ page, context, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED|palette\.js/);
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toHaveText("Live");
  await page.route("**/palette.js", (route) => route.abort("internetdisconnected"));
  const failed = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/palette.js"));
  await page.keyboard.press("?");
  await failed;
  await page.unroute("**/palette.js");
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible({ timeout: 1000 });
  }).toPass();
  await context.close();
});

test("n opens nothing for somebody who may not run commands", async ({ browser, page, server }) => {
  const { context, page: theirs } = await arrive(browser, server, "operator", "/admin/exec");
  await theirs.keyboard.press("n");
  await theirs.keyboard.press("/");
  await expect(theirs.getByRole("searchbox")).toBeFocused();
  await expect(theirs).toHaveURL(/\/admin\/exec$/);
  await context.close();
  await page.goto("/admin/exec");
  await page.keyboard.press("n");
  await expect(page).toHaveURL(/\/admin\/exec\/new$/);
});
