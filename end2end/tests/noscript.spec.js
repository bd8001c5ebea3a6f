import { expect, test } from "../support/test.js";

test.use({ javaScriptEnabled: false });

test("without JavaScript processes are started, looked at, stopped, found and removed", async ({ page, server, tolerate }) => {
  // The form that is not accepted, and the preloads of scripts, which Chromium refuses where JavaScript is off.
  tolerate(/422 .*\/admin\/exec\/new$/);
  tolerate(/^csp for .*\/pkg\//);
  await page.goto("/admin/exec/new");
  await page.getByLabel("Command", { exact: true }).fill("echo 'open");
  await page.getByLabel("Name", { exact: true }).fill("plain");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.locator("[data-field=command]")).toContainText("Unclosed quote");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("plain");
  await page.getByLabel("Command", { exact: true }).fill("sh -c 'echo seen; sleep 95003'");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("heading", { name: "plain" })).toBeVisible();
  await expect(page.locator(".details")).toContainText("sleep 95003");
  const id = page.url().split("/").pop();
  const output = page.getByRole("link", { name: "View output so far" });
  await expect.poll(async () => (await server.call("get_process", { id })).output.end).toBeGreaterThan(0);
  await output.click();
  await expect(page.locator("body")).toContainText("seen");
  await page.goto("/admin/exec?q=state%3Arunning+plain");
  await page.locator(".row", { hasText: "plain" }).hover();
  await page.getByRole("button", { name: "Stop plain" }).click();
  // The form leads to the page of the process; only then may it be loaded anew.
  await page.waitForURL(`**/admin/exec/${id}`);
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("killed");
  await page.reload();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.goto("/admin/exec?q=plain");
  await page.locator(".row", { hasText: "plain" }).hover();
  await page.getByRole("button", { name: "Remove plain" }).click();
  await expect(page.getByRole("heading", { name: "Remove plain?" })).toBeVisible();
  await page.getByRole("link", { name: "Keep it" }).click();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.getByRole("button", { name: "Remove plain" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Processes", exact: true })).toBeAttached();
  await expect(page.locator(".row", { hasText: "plain" })).toHaveCount(0);
});

test("without JavaScript a secret is not shown while it is typed", async ({ page, tolerate }) => {
  tolerate(/^csp for .*\/pkg\//);
  await page.goto("/admin/exec/new");
  await page.getByText("Environment").click();
  const value = page.getByLabel("Value of variable 1");
  await page.getByLabel("secret").first().check();
  await value.fill("hunter2");
  await expect(value).toHaveCSS("-webkit-text-security", "disc");
});
