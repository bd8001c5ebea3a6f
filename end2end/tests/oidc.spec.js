// Signing in with a real OpenID provider.
import AxeBuilder from "@axe-core/playwright";
import { startBoth } from "../support/oidc.js";
import { expect, test } from "../support/test.js";

let both;
test.beforeAll(async () => (both = await startBoth()));
test.afterAll(async () => {
  await both.server.stop();
  await both.provider.stop();
});

// A page in a browser that nobody has used, which gets no fonts from elsewhere for the provider's pages.
async function visit(browser, options = {}) {
  const context = await browser.newContext({ baseURL: both.server.url, ...options });
  await context.route(/fonts\.googleapis\.com/, (route) => route.fulfill({ contentType: "text/css", body: "" }));
  return { context, page: await context.newPage() };
}

const button = (page) => page.getByRole("link", { name: "Sign in with Example ID" });

// What somebody does on the provider's pages.
async function signInThere(page, name) {
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("one signs in with the provider, gets to where one wanted to go, and signs out", async ({ browser }) => {
  const { context, page } = await visit(browser);
  await page.goto("/admin/exec?state=ended");
  await button(page).click();
  await expect(page).toHaveURL(new RegExp(`^${both.provider.issuer}/`));
  await signInThere(page, "grace");
  await expect(page).toHaveURL(`${both.server.url}/admin/exec?state=ended`);
  await expect(page.getByRole("link", { name: "grace" })).toBeVisible();
  await expect(page.locator(".link")).toContainText("Live");
  await expect(page.getByRole("link", { name: "New process" })).toBeHidden();

  await page.getByRole("link", { name: "grace" }).click();
  await expect(page.getByText("viewer")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Password" })).toHaveCount(0);
  await expect(page.getByRole("row", { name: "this browser" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("status")).toContainText("You are signed out.");
  await page.goto("/admin/exec");
  await expect(page).toHaveURL(/\/login$/);

  // The provider still knows her, so she need not type anything.
  await button(page).click();
  await expect(page).toHaveURL(`${both.server.url}/admin/exec`);
  // The way back from the provider leads nowhere a second time.
  await page.goBack();
  await expect(page.getByRole("link", { name: "grace" })).toBeVisible();
  await context.close();
});

test("an administrator's groups make one, without scripts, too", async ({ browser }) => {
  const { context, page } = await visit(browser, { javaScriptEnabled: false });
  await page.goto("/login?next=/admin/people");
  await button(page).click();
  await signInThere(page, "alan");
  await expect(page).toHaveURL(`${both.server.url}/admin/people`);
  const alan = page.getByRole("listitem").filter({ hasText: "alan" });
  await expect(alan).toContainText("signed in by the identity provider");
  await expect(alan.locator(".label")).toHaveText(["admin"]);
  await context.close();
});

test("whoever changes their mind at the provider can sign in later", async ({ browser, tolerate }) => {
  tolerate(/403 .*\/login\/oidc\/callback|status of 403/);
  const { context, page } = await visit(browser);
  await page.goto("/login?next=/admin/account");
  await button(page).click();
  await page.getByRole("link", { name: "[ Cancel ]" }).click();
  await expect(page.getByRole("alert")).toContainText("Example ID refused to sign you in: End-User aborted interaction");
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  await button(page).click();
  await signInThere(page, "grace");
  await expect(page).toHaveURL(`${both.server.url}/admin/exec`);
  await context.close();
});

test("whoever is in no group is told so", async ({ browser, tolerate }) => {
  tolerate(/403 .*\/login\/oidc\/callback|status of 403/);
  const { context, page } = await visit(browser);
  await page.goto("/login");
  await button(page).click();
  await signInThere(page, "eve");
  await expect(page.getByRole("alert")).toContainText("You are in no group that may use it. Ask an administrator");
  expect(await context.cookies(both.server.url)).not.toContainEqual(expect.objectContaining({ name: `execdeck-${both.server.port}` }));
  await page.goto("/admin/exec");
  await expect(page).toHaveURL(/\/login$/);
  await context.close();
});

test("an answer from another browser signs nobody in", async ({ browser, tolerate }) => {
  tolerate(/400 .*\/login\/oidc\/callback|status of 400/);
  // Somebody gets an answer for themselves, and has somebody else open it.
  const attacker = await visit(browser);
  await attacker.page.goto("/login");
  await button(attacker.page).click();
  await expect(attacker.page).toHaveURL(new RegExp(`^${both.provider.issuer}/`));
  // Without its cookie the answer is not used up.
  const cookie = (await attacker.context.cookies(both.server.url)).find(({ name }) => name.endsWith("-oidc"));
  await attacker.context.clearCookies({ name: cookie.name });
  await signInThere(attacker.page, "alan");
  await expect(attacker.page.getByRole("alert")).toContainText("was started in another browser");
  const answer = attacker.page.url();
  const victim = await visit(browser);
  await victim.page.goto("/login");
  await victim.page.goto(answer);
  await expect(victim.page.getByRole("alert")).toContainText("was started in another browser");
  await victim.page.goto("/admin/exec");
  await expect(victim.page).toHaveURL(/\/login$/);
  await attacker.context.addCookies([cookie]);
  await attacker.page.goto(answer);
  await expect(attacker.page).toHaveURL(`${both.server.url}/admin/exec`);
  await attacker.context.close();
  await victim.context.close();
});

test("the page with the button is accessible and fits a phone", async ({ browser }) => {
  const { context, page } = await visit(browser, { viewport: { width: 360, height: 740 } });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.goto("/login");
    await expect(button(page)).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }
  await context.close();
});
