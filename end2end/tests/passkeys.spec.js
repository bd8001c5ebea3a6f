// Passkeys, with Chromium's virtual authenticator. They are for host names, so the pages are opened as localhost.
import AxeBuilder from "@axe-core/playwright";
import { password } from "../support/account.js";
import { run } from "../support/binary.js";
import { expect, test } from "../support/test.js";

let count = 0;

// A person of their own, and a page in a browser with an authenticator that verifies whoever uses it.
async function visitor(browser, server, options = {}) {
  const name = `key${process.pid}x${count++}`;
  run(server.folder, ["user", "add", name, "--role", "viewer"], password);
  const context = await browser.newContext({ baseURL: `http://localhost:${server.port}`, ...options });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const verifies = (isUserVerified) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return { name, context, page, verifies };
}

async function signIn(page, name) {
  await page.goto("/login");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const passkeys = (page) => page.locator("form", { has: page.getByRole("heading", { name: "Passkeys" }) });

async function add(page, label) {
  await page.goto("/admin/account");
  const form = passkeys(page);
  await form.getByLabel("Current password").fill(password);
  await form.getByLabel("Name of the new passkey").fill(label);
  await form.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("The passkey was added.")).toBeVisible();
}

const signOut = async (page) => {
  if (page.viewportSize().width < 1000) await page.getByText("Menu", { exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
};

test("a passkey is added and signs in without name and password, by keyboard too", async ({ browser, server, tolerate }) => {
  tolerate(/^400 for .*\/api\/passkey_options|status of 400/);
  const { name, context, page } = await visitor(browser, server);
  await signIn(page, name);
  await expect(page).toHaveURL(/\/admin\/exec$/);
  await page.goto("/admin/account");
  const form = passkeys(page);
  await form.getByLabel("Current password").fill("not this one");
  await form.getByLabel("Name of the new passkey").fill("my laptop");
  await page.keyboard.press("Enter");
  await expect(form.getByRole("alert")).toContainText("The current password is wrong.");
  await expect(form.getByRole("button", { name: "Remove my laptop" })).toHaveCount(0);
  await add(page, "my laptop");
  await expect(page.getByRole("row", { name: "my laptop" })).toContainText("never");
  await signOut(page);

  await page.goto("/admin/exec?state=ended");
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/exec\?state=ended$/);
  await expect(page.getByRole("link", { name })).toBeVisible();
  await page.goto("/admin/account");
  await expect(page.getByRole("row", { name: "my laptop" })).not.toContainText("never");
  await context.close();
});

test("a passkey can be asked for after the password, and is the way to stop that", async ({ browser, server, tolerate }) => {
  const { name, context, page } = await visitor(browser, server);
  await signIn(page, name);
  await add(page, "security key");
  const form = passkeys(page);
  await form.getByRole("button", { name: "Ask for a passkey after the password" }).click();
  await expect(page.getByText("You are asked for a passkey from now on.")).toBeVisible();
  await signOut(page);

  await signIn(page, name);
  await expect(page.getByRole("heading", { name: "One more step" })).toBeVisible();
  await page.goto("/admin/exec");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, name);
  await page.getByRole("button", { name: "Continue with a passkey" }).click();
  await expect(page).toHaveURL(/\/admin\/exec$/);

  await page.goto("/admin/account");
  await form.getByLabel("Current password").fill(password);
  await form.getByRole("button", { name: "Stop asking for a passkey" }).click();
  await expect(page.getByText("You are not asked for a passkey any more.")).toBeVisible();
  await form.getByRole("button", { name: "Remove security key" }).click();
  await expect(page.getByText("The passkey was removed.")).toBeVisible();
  await expect(form.getByRole("row")).toHaveCount(0);
  await signOut(page);
  tolerate(/^401 for .*\/api\/sign_in_with_passkey|status of 401/);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("This passkey is not known here");
  await signIn(page, name);
  await expect(page).toHaveURL(/\/admin\/exec$/);
  await context.close();
});

test("a dialogue that is closed is no error, and the page goes on", async ({ browser, server }) => {
  const { name, context, page, verifies } = await visitor(browser, server);
  await signIn(page, name);
  await add(page, "phone");
  await signOut(page);
  // Somebody who cannot unlock the device gets no further than one who closes the dialogue.
  await verifies(false);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByText("No passkey was used.")).toBeVisible();
  await expect(page.getByRole("alert")).toBeHidden();
  await verifies(true);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL(/\/admin\/exec$/);
  await context.close();
});

test("a device is not added twice", async ({ browser, server }) => {
  const { name, context, page } = await visitor(browser, server);
  await signIn(page, name);
  await add(page, "phone");
  const form = passkeys(page);
  await form.getByLabel("Name of the new passkey").fill("phone again");
  await form.getByRole("button", { name: "Add a passkey" }).click();
  await expect(form.getByRole("alert")).toContainText("has a passkey for your account already");
  await context.close();
});

test("without JavaScript the pages say what needs it, and passkeys can be removed", async ({ browser, server, tolerate }) => {
  const { name, context, page } = await visitor(browser, server);
  await signIn(page, name);
  await add(page, "phone");
  const { cookies } = await context.storageState();
  const plain = await browser.newContext({ baseURL: `http://localhost:${server.port}`, javaScriptEnabled: false });
  const without = await plain.newPage();
  await without.goto("/login");
  // Looked for by element, since texts are not looked for in a noscript.
  const note = without.locator("noscript p");
  await expect(note).toBeVisible();
  await expect(note).toHaveText("Signing in with a passkey needs JavaScript.");
  await expect(without.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  await plain.addCookies(cookies);
  await without.goto("/admin/account");
  await expect(note).toBeVisible();
  await expect(note).toHaveText("Adding a passkey and signing in with one need JavaScript.");
  const form = passkeys(without);
  tolerate(/^400 for .*\/admin\/account\/passkeys|status of 400/);
  await form.getByRole("button", { name: "Remove phone" }).click();
  await expect(form.getByRole("alert")).toContainText("Enter your current password");
  await form.getByLabel("Current password").fill(password);
  await form.getByRole("button", { name: "Remove phone" }).click();
  await expect(without.getByText("The passkey was removed.")).toBeVisible();
  await plain.close();
  await context.close();
});

test("at an IP address the pages say where passkeys work", async ({ browser, page, server }) => {
  await page.goto("/admin/account");
  await expect(passkeys(page)).toContainText("Passkeys do not work at this address.");
  await expect(page.getByRole("button", { name: "Add a passkey" })).toHaveCount(0);
  const context = await browser.newContext({ baseURL: server.url });
  const signedOut = await context.newPage();
  await signedOut.goto("/login");
  await expect(signedOut.getByText("Passkeys do not work at this address")).toBeVisible();
  await context.close();
});

test("an administrator removes the passkeys of somebody who has lost them", async ({ browser, page, server }) => {
  const other = await visitor(browser, server);
  await signIn(other.page, other.name);
  await add(other.page, "lost");
  await passkeys(other.page).getByRole("button", { name: "Ask for a passkey after the password" }).click();
  await expect(other.page.getByText("You are asked for a passkey from now on.")).toBeVisible();
  await page.goto("/admin/people");
  const entry = page.getByRole("listitem").filter({ hasText: other.name });
  await expect(entry).toContainText("has 1 passkey, required after the password");
  await entry.getByText("Change", { exact: true }).click();
  await entry.getByRole("button", { name: "Remove passkeys" }).click();
  await expect(page.getByRole("status")).toContainText("saved");
  await signOut(other.page);
  await signIn(other.page, other.name);
  await expect(other.page).toHaveURL(/\/admin\/exec$/);
  await other.context.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the pages about passkeys are accessible and fit a phone: ${colorScheme}`, async ({ browser, server }, info) => {
    const { name, context, page } = await visitor(browser, server, { colorScheme, viewport: { width: 360, height: 740 } });
    await signIn(page, name);
    await add(page, "a phone with quite a long name");
    for (const path of ["/admin/account", "/login/passkey", "/login"]) {
      if (path === "/login") await signOut(page);
      await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await page.screenshot({ path: info.outputPath(`${path.replaceAll("/", "-")}.png`), fullPage: true });
    }
    await context.close();
  });
}
