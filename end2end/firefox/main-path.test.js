// Start, watch, type and stop in Firefox. Over WebDriver BiDi, since Playwright cannot drive a stock Firefox.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { password } from "../support/account.js";
import createAccount from "../support/global-setup.js";
import { Server } from "../support/server.js";

const firefox = process.env.FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);

let server, browser, removeAccount;
before(async () => {
  removeAccount = await createAccount();
  server = await Server.start();
  browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true });
  const page = await browser.newPage();
  await page.goto(`${server.url}/admin/exec`);
  await page.locator("input[name=name]").fill("ada");
  await page.locator("input[name=password]").fill(password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.equal(new URL(page.url()).pathname, "/admin/exec");
  await page.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await removeAccount?.();
});

// A page on which everything that goes wrong is remembered.
async function openPage(path) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const problems = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`page error: ${error}`));
  page.on("requestfailed", (request) => problems.push(`${request.failure()?.errorText ?? "failed"} for ${request.url()}`));
  // What happens to a socket is not told over WebDriver BiDi: the page notes it itself.
  await page.evaluateOnNewDocument(() => {
    window.socketProblems = [];
    window.WebSocket = class extends WebSocket {
      constructor(...options) {
        super(...options);
        this.addEventListener("error", () => window.socketProblems.push(`WebSocket error for ${this.url}`));
        this.addEventListener("close", ({ code }) => [1000, 1005].includes(code) || window.socketProblems.push(`WebSocket closed with ${code}`));
      }
    };
  });
  page.on("response", (response) => response.status() >= 400 && problems.push(`${response.status()} for ${response.url()}`));
  await page.goto(server.url + path);
  await page.waitForSelector("html[data-ready]");
  const found = async () => [...problems, ...(await page.evaluate(() => window.socketProblems))];
  return { page, found };
}

const waitForTerminal = (page, text) =>
  page.waitForFunction((text) => document.querySelector(".term")?.session?.text().includes(text), {}, text);

const waitForText = (page, selector, text) =>
  page.waitForFunction((selector, text) => document.querySelector(selector)?.textContent.includes(text), {}, selector, text);

test("a process is started, watched, typed into and stopped in Firefox", { timeout: 60_000 }, async () => {
  const { page, found } = await openPage("/admin/exec/new");
  await page.locator("input[name=command], textarea[name=command]").fill("sh -c 'echo ready; read line; echo got $line; sleep 95006'");
  await page.locator("::-p-aria([name='Name'][role='textbox'])").fill("fox");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /\/admin\/exec\/[0-9a-f-]{36}$/.test(location.pathname));
  const id = page.url().split("/").pop();
  await waitForTerminal(page, "ready");
  await waitForText(page, ".link", "Live");

  await page.locator(".term").click();
  await page.keyboard.type("fox");
  await page.keyboard.press("Enter");
  await waitForTerminal(page, "got fox");

  await page.locator("::-p-aria(Stop fox)").click();
  await waitForText(page, ".strip .state", "TERM");
  assert.deepEqual((await server.call("get_process", { id })).exit, { signal: "TERM" });
  assert.deepEqual(await found(), []);
});

test("the list follows along in Firefox", { timeout: 60_000 }, async () => {
  const { page, found } = await openPage("/admin/exec?q=follows");
  await waitForText(page, ".link", "Live");
  const { id } = await server.sh("sleep 95007", { name: "follows" });
  await waitForText(page, ".row", "running");
  await server.call("kill_process", { id, signal: "KILL" });
  await waitForText(page, ".row", "KILL");
  assert.deepEqual(await found(), []);
});
