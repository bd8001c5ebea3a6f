import { expect, test } from "../support/test.js";

test.use({ javaScriptEnabled: false });

// Without scripts, nothing uses what is preloaded for them.
test.beforeEach(({ tolerate }) => tolerate(/was preloaded using link preload but not used/));

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
  await page.locator(".row", { has: page.getByRole("link", { name: "plain", exact: true }) }).hover();
  await page.getByRole("button", { name: "Stop plain" }).click();
  // The form leads to the page of the process; only then may it be loaded anew.
  await page.waitForURL(`**/admin/exec/${id}`);
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("killed");
  await page.reload();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.goto("/admin/exec?q=plain");
  await page.locator(".row", { has: page.getByRole("link", { name: "plain", exact: true }) }).hover();
  await page.getByRole("button", { name: "Remove plain" }).click();
  await expect(page.getByRole("heading", { name: "Remove plain?" })).toBeVisible();
  await page.getByRole("link", { name: "Keep it" }).click();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.getByRole("button", { name: "Remove plain" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Processes", exact: true })).toBeAttached();
  await expect(page.locator(".row", { has: page.getByRole("link", { name: "plain", exact: true }) })).toHaveCount(0);
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

test("without JavaScript a restart policy is refused at its field, and what was entered stays", async ({ page, tolerate }) => {
  tolerate(/422 .*\/admin\/exec\/new$/);
  tolerate(/^csp for .*\/pkg\//);
  await page.goto("/admin/exec/new");
  await page.getByLabel("Command", { exact: true }).fill("true");
  await page.getByText("Restart policy", { exact: true }).click();
  await page.getByLabel("Restart", { exact: true }).selectOption("Always");
  await page.getByLabel("Maximum consecutive restarts").fill("0");
  await page.getByText("User and sandbox", { exact: true }).click();
  await expect(page.getByLabel("Writable folders")).toBeHidden();
  await page.getByLabel("Sandbox").check();
  await expect(page.getByLabel("Can use the network")).toBeChecked();
  await page.getByLabel("Can use the network").uncheck();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.locator("[data-field=restarts]")).not.toBeEmpty();
  await expect(page.getByLabel("Restart", { exact: true })).toHaveValue("always");
  await expect(page.getByLabel("Maximum consecutive restarts")).toHaveValue("0");
  await expect(page.getByLabel("Sandbox")).toBeChecked();
  await expect(page.getByLabel("Can use the network")).not.toBeChecked();
});
