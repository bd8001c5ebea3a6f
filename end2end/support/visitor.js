// People of the tests' own, each in a browser that is signed in as nobody yet.
import { expect } from "@playwright/test";
import { password } from "./account.js";
import { run } from "./binary.js";

let count = 0;

// A person with this role, and a page.
export async function visitor(browser, server, role, options = {}) {
  const name = `${role}${process.pid}x${count++}`;
  run(server.folder, ["user", "add", name, "--role", role], password);
  const context = await browser.newContext({ baseURL: server.url, ...options });
  return { name, context, page: await context.newPage() };
}

// Fills in the page for signing in.
export async function signIn(page, name) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// Signs a new person in, on this page.
export async function arrive(browser, server, role, path, options) {
  const { name, context, page } = await visitor(browser, server, role, options);
  await page.goto(path);
  await signIn(page, name);
  await expect(page.getByRole("link", { name })).toBeVisible();
  return { name, context, page };
}
