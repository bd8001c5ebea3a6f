// What docs/embedding.md ends with, in the app that comes of it: `node embedding-walk.js ADDRESS PASSWORD`.
import { chromium } from "@playwright/test";
import { setTimeout } from "node:timers/promises";
import config from "./playwright.config.js";
import { shown } from "./support/console.js";

const [address, password] = process.argv.slice(2);

for (const deadline = Date.now() + 20_000; !(await fetch(address).then(({ ok }) => ok, () => false)); await setTimeout(50)) {
  if (Date.now() > deadline) throw new Error(`nothing answers at ${address}`);
}

const browser = await chromium.launch(config.use.launchOptions);
const context = await browser.newContext({ baseURL: address });
const page = await context.newPage();
const problems = [];
page.on("pageerror", (error) => problems.push(error));

async function waitFor(text) {
  for (const deadline = Date.now() + 20_000; !(await shown(page)).includes(text); await setTimeout(50)) {
    if (Date.now() > deadline) throw new Error(`no ${JSON.stringify(text)} in the terminal: ${await page.locator("body").innerText()} ${problems}`);
  }
}

// Calls a server function of the Execdeck in the app.
const call = async (name, data) => (await context.request.post(`/deck/api/${name}`, { data })).json();

try {
  await page.goto("/");
  await page.getByText("You are not signed in.").waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  // The list is there once the page works.
  await page.getByText("No processes").waitFor();
  await page.getByRole("button", { name: "Open a shell" }).click();
  await page.locator(".execdeck-screen").click();
  await page.keyboard.type("echo $((6*7)) is the answer\n");
  await waitFor("42 is the answer");
  await page.keyboard.type("exit\n");
  await page.locator(".execdeck-terminal .execdeck-state", { hasText: "exit 0" }).waitFor();
  if (problems.length > 0) throw problems[0];
} finally {
  // Processes outlive the app, but not this script.
  const { processes = [] } = await call("list_processes", { filter: { state: "active" } });
  for (const { id } of processes) await call("kill_process", { id, signal: "KILL" });
  await browser.close();
}
