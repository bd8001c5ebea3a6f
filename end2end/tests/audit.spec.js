// The audit as administrators read it, and one entry for each action of a whole scenario.
import AxeBuilder from "@axe-core/playwright";
import { password } from "../support/account.js";
import { run } from "../support/binary.js";
import { Server } from "../support/server.js";
import { expect, test } from "../support/test.js";

const outline = (folder) =>
  run(folder, ["audit", "export"])
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ person, action, outcome, target_name: name }) => [person, action, outcome, name ?? ""].join(" ").trim());

test("each click and each refusal of a day has one entry", async ({ browser, tolerate }) => {
  tolerate(/^40[34] for .*\/admin\/|status of 40[34]/);
  const server = await Server.start();
  run(server.folder, ["user", "add", "vera", "--role", "viewer"], password);
  const before = outline(server.folder).length;
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const signIn = async (name) => {
    await page.goto("/login");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/admin\/exec$/);
  };
  await signIn("ada");
  await page.goto("/admin/exec/new");
  await page.getByLabel("Command", { exact: true }).fill("sleep 95201");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/\/admin\/exec\/[0-9a-f-]{36}$/);
  const address = page.url();
  await page.getByRole("button", { name: "Stop sleep" }).click();
  await expect(page.locator(".strip .state")).toContainText("TERM");
  await expect(page.getByRole("button", { name: "Remove sleep" })).toBeVisible();
  // Right after another one, a press is taken for the second of a double click; a new page knows of no other.
  await page.reload();
  await page.getByRole("button", { name: "Run again sleep" }).click();
  await expect(page).not.toHaveURL(address);
  await page.getByRole("button", { name: "Stop sleep" }).click();
  await expect(page.locator(".strip .state")).toContainText("TERM");
  await page.goto("/admin/account");
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn("vera");
  await page.goto("/admin/people");
  await page.goto("/admin/audit");
  await expect(page.getByText("needs the right")).toBeVisible();
  await context.close();
  await server.kill("SIGTERM");
  expect(outline(server.folder).slice(before)).toEqual([
    expect.stringMatching(/^ada sign_in allowed$/),
    "ada create_process allowed sleep",
    "ada kill_process allowed sleep",
    "ada restart_process allowed sleep",
    "ada kill_process allowed sleep",
    "ada sign_out allowed",
    "vera sign_in allowed",
    "vera list_people refused",
    "vera list_audit refused",
  ]);
  expect(run(server.folder, ["audit", "verify"])).toContain("the audit is whole");
});

test("an administrator finds who did what, also without JavaScript", async ({ newPage, server }) => {
  const name = `audited ${process.pid}`;
  const { id } = await server.sh("sleep 95202", { name, secret_env: { TOKEN: "not to be seen" } });
  await server.call("kill_process", { id, signal: "KILL" });
  for (const javaScriptEnabled of [true, false]) {
    const page = await newPage({ javaScriptEnabled });
    await page.goto("/admin/people");
    await page.getByRole("link", { name: "Audit" }).click();
    await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
    await page.getByLabel("On what (id or name)").fill(name);
    await page.getByRole("button", { name: "Filter" }).click();
    const rows = page.locator("tbody tr");
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText("kill process");
    await expect(rows.last()).toContainText("create process");
    await expect(rows.last()).toContainText("ada");
    await expect(page.getByText("not to be seen")).toHaveCount(0);
    await page.getByLabel("Action").selectOption("create_process");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(rows).toHaveCount(1);
    await expect(page.getByLabel("On what (id or name)")).toHaveValue(name);
    const csv = await page.request.get(await page.getByRole("link", { name: "CSV" }).getAttribute("href"));
    expect((await csv.text()).trim().split("\r\n")).toHaveLength(2);
    await page.getByLabel("Outcome").selectOption("refused");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("No entry matches.")).toBeVisible();
    await page.getByRole("link", { name: "Clear" }).click();
    await expect(page).toHaveURL(/\/admin\/audit$/);
    await page.goto(`/admin/audit?target=${id}`);
    await page.getByRole("link", { name }).first().click();
    await expect(page).toHaveURL(new RegExp(`/admin/exec/${id}$`));
  }
});

test("older entries are on the next pages", async ({ page, server }) => {
  const name = `paged ${process.pid}`;
  const { id } = await server.call("create_process", { spec: { program: "cat", name, stdin: true } });
  for (let count = 0; count < 60; count++) await server.call("write_input", { id, text: "x" });
  await page.goto(`/admin/audit?target=${encodeURIComponent(name)}&action=write_input`);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(rows).toHaveCount(10);
  await expect(page.getByRole("link", { name: "Older" })).toHaveCount(0);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(rows).toHaveCount(50);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("the audit is accessible and fits a phone", async ({ newPage, server }) => {
  const { id } = await server.sh("true", { name: "<img src=x onerror=alert(1)> with a long name that has to be broken somewhere" });
  await server.call("get_process", { id });
  for (const width of [360, 1280]) {
    const page = await newPage({ viewport: { width, height: 740 } });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.goto("/admin/audit");
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    }
  }
});
