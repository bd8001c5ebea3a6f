// The first start, signing in and out, what one may do, and managing people.
import AxeBuilder from "@axe-core/playwright";
import { password } from "../support/account.js";
import { run } from "../support/binary.js";
import { Server } from "../support/server.js";
import { expect, expectTerminal, test } from "../support/test.js";
import { signIn, visitor } from "../support/visitor.js";

test("the link of the first start creates the first administrator", async ({ browser }) => {
  const server = await Server.start({ anew: true });
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Set up Execdeck" })).toBeVisible();
  await expect(page).toHaveURL(/\/setup$/);

  const link = await server.setupLink();
  await page.goto(link);
  await expect(page.getByLabel("Setup code")).toHaveValue(link.split("#")[1]);
  await expect(page).toHaveURL(/\/setup$/);
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  await page.keyboard.type("grace");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password, again").fill(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/exec$/);
  await expect(page.getByRole("link", { name: "grace" })).toBeVisible();

  // Then there is nothing to set up.
  await page.goto(link);
  await expect(page).toHaveURL(/\/admin\/exec\b/);
  await context.close();
  await server.kill("SIGTERM");
});

test("one signs in with the right password, gets to where one wanted to go, and signs out", async ({ browser, server, tolerate }) => {
  tolerate(/^401 for .*\/login|status of 401/);
  const { name, context, page } = await visitor(browser, server, "viewer");
  await page.goto("/admin/exec?state=ended");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill("not this one");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("The name or the password is wrong.");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/exec\?state=ended$/);

  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("status")).toContainText("You are signed out.");
  // Nothing that was shown is shown again by going back.
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/admin/exec");
  await expect(page).toHaveURL(/\/login$/);
  await context.close();
});

test("a viewer sees and reads, and is offered nothing else", async ({ browser, server, tolerate }) => {
  tolerate(/^403 for .*\/admin\/people|status of 403/);
  const { id } = await server.sh("echo seen; sleep 95101", { name: "watched", terminal: { cols: 80, rows: 24 } });
  const { name, context, page } = await visitor(browser, server, "viewer");
  await page.goto(`/admin/exec/${id}`);
  await signIn(page, name);
  await expectTerminal(page, "seen");
  await expect(page.getByRole("button", { name: "Stop watched" })).toBeHidden();
  await expect(page.getByRole("link", { name: "Edit and run" })).toBeHidden();
  await expect(page.getByRole("link", { name: "New process" })).toBeHidden();
  await expect(page.getByRole("link", { name: "People" })).toBeHidden();
  await page.locator(".term").click();
  await page.keyboard.type("typed\n");
  await page.waitForTimeout(300);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  expect((await server.call("get_process", { id })).output.end).toBe(6);
  await page.goto("/admin/people");
  await expect(page.getByText("needs the right")).toBeVisible();
  await context.close();
});

test("an operator stops, and starts nothing outside templates", async ({ browser, server }) => {
  const { id } = await server.sh("sleep 95102", { name: "operated" });
  const { name, context, page } = await visitor(browser, server, "operator");
  await page.goto(`/admin/exec/${id}`);
  await signIn(page, name);
  await page.getByRole("button", { name: "Stop operated" }).click();
  await expect(page.locator(".strip .state")).toContainText("TERM");
  await expect(page.getByRole("button", { name: "Run again operated" })).toBeHidden();
  await expect(page.getByRole("button", { name: "Remove operated" })).toBeVisible();
  await context.close();
});

test("a page whose session ends says so, and leads back after signing in", async ({ browser, server, tolerate }) => {
  tolerate(/^401 for .*\/api\/|status of 401/);
  const { name, context, page } = await visitor(browser, server, "viewer");
  await page.goto("/admin/exec?state=active");
  await signIn(page, name);
  await expect(page.locator(".link")).toContainText("Live");
  run(server.folder, ["user", "passwd", name], password);
  const notice = page.getByRole("alert").filter({ hasText: "You are signed out." });
  await expect(notice).toBeVisible();
  await notice.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, name);
  await expect(page).toHaveURL(/\/admin\/exec\?state=active$/);
  await expect(page.locator(".link")).toContainText("Live");
  await context.close();
});

test("a token is shown once, works for programs, and is revoked", async ({ page, server }) => {
  await page.goto("/admin/account");
  const form = page.locator("form", { has: page.getByRole("button", { name: "New token" }) });
  await form.getByLabel("What is it for?").fill("nightly job");
  for (const right of ["start", "input", "stop", "administer"]) await form.getByLabel(right, { exact: true }).uncheck();
  await form.getByRole("button", { name: "New token" }).click();
  const token = await page.getByLabel("The token").inputValue();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const call = (name, body) => fetch(`${server.url}/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect((await call("list_processes", {})).status).toBe(200);
  expect((await call("create_process", { spec: { program: "true" } })).status).toBe(403);

  await page.goto("/admin/account");
  await expect(page.getByText(token)).toHaveCount(0);
  const row = page.getByRole("row", { name: "nightly job" });
  await expect(row).toContainText("view, read output");
  await row.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("status")).toContainText("The token was revoked.");
  expect((await call("list_processes", {})).status).toBe(401);
});

test("an administrator adds people, changes what they may do and disables them", async ({ browser, page, server, tolerate }) => {
  tolerate(/^40[019] for .*\/(admin\/people|login|api\/events)|status of 40[019]/);
  const name = `carol${process.pid}`;
  await page.goto("/admin/exec");
  await page.getByRole("link", { name: "People" }).click();
  const form = page.locator("form", { has: page.getByRole("heading", { name: "New person" }) });
  const add = async (repeat) => {
    await form.getByLabel("Name", { exact: true }).fill(name);
    await form.getByLabel("Role").selectOption("operator");
    await form.getByLabel("Password", { exact: true }).fill(password);
    await form.getByLabel("Password, again").fill(repeat);
    await form.getByRole("button", { name: "Add person" }).click();
  };
  await add("something else");
  await expect(form.getByRole("alert")).toContainText("The passwords differ.");
  await expect(form.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expect(form.getByLabel("Role")).toHaveValue("operator");
  await add(password);
  await expect(page.getByRole("status")).toContainText(`The account of ${name} was saved.`);
  await add(password);
  await expect(form.getByRole("alert")).toContainText("already an account");

  const entry = page.getByRole("listitem").filter({ hasText: name });
  const change = async (button) => {
    await entry.getByText("Change", { exact: true }).click();
    await button();
    await expect(page.getByRole("status")).toContainText("saved");
  };
  await change(async () => {
    await entry.getByLabel("Role").selectOption("viewer");
    await entry.getByRole("button", { name: "Change role" }).click();
  });
  await change(async () => {
    await entry.getByLabel("Only processes with these labels").fill("team=ops\n");
    await entry.getByRole("button", { name: "Change limits" }).click();
  });
  await expect(entry.locator(".label")).toHaveText(["viewer", "team=ops"]);

  const { id } = await server.sh("sleep 95103", { name: "of another team", labels: { team: "dev" } });
  const context = await browser.newContext({ baseURL: server.url });
  const other = await context.newPage();
  await other.goto("/login");
  await signIn(other, name);
  await expect(other.getByText("of another team")).toHaveCount(0);
  expect((await other.request.get(`/admin/exec/${id}`)).status()).toBe(404);
  await change(async () => entry.getByRole("button", { name: "Disable account" }).click());
  await expect(entry).toContainText("disabled");
  expect((await other.request.get("/api/events")).status()).toBe(401);
  await context.close();
});

test("the pages are accessible, fit a phone and show nothing that is typed as markup", async ({ browser, newPage, server }) => {
  const label = "<img src=x onerror=alert(1)>";
  const page = await newPage({ viewport: { width: 360, height: 740 } });
  await page.goto("/admin/account");
  await page.getByLabel("What is it for?").fill(label);
  await page.getByRole("button", { name: "New token" }).click();
  await expect(page.getByRole("row", { name: label })).toBeVisible();
  // Its button is within the card on a phone, too.
  const button = await page.getByRole("row", { name: label }).getByRole("button", { name: "Revoke" }).boundingBox();
  expect(button.x + button.width).toBeLessThanOrEqual(360);
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 360, height: 740 } });
  const signedOut = await context.newPage();
  for (const [tab, path] of [[page, "/admin/account"], [page, "/admin/people"], [signedOut, "/login"]]) {
    for (const colorScheme of ["light", "dark"]) {
      await tab.emulateMedia({ colorScheme });
      await tab.goto(path);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
    }
  }
  await context.close();
});
