// The pages in another language: `server.texts`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "../support/server.js";
import { expect, test as base } from "../support/test.js";
import { untranslated, writeBracketed } from "../support/untranslated.js";

// A server with a catalogue of its own.
const test = base.extend({
  catalogue: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "execdeck-texts-"));
    await use(join(folder, "texts.json"));
    await rm(folder, { recursive: true });
  },
  start: async ({ catalogue }, use) => {
    const started = [];
    await use(async (options) => {
      const server = await Server.start({ variables: { EXECDECK_SERVER_TEXTS: catalogue }, ...options });
      started.push(server);
      return server;
    });
    // Where nobody has an account, nobody may ask it what runs.
    for (const server of started) await (server.token ? server.stop() : server.kill());
  },
});

test("the page is in the language of the catalogue, and what it lacks is in English", async ({ page, catalogue, start }) => {
  const texts = { Stop: "Anhalten", "{count} processes": { one: "{count} Prozess", other: "{count} Prozesse" } };
  await writeFile(catalogue, JSON.stringify({ language: "de", texts }));
  const server = await start();
  const { id } = await server.sh("exec sleep 95081");
  await page.goto(`${server.url}/admin/exec/${id}`);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.getByRole("button", { name: "Anhalten" })).toBeVisible();
  await page.locator("html[data-ready]").waitFor();
  await expect(page.locator(".strip").getByRole("link", { name: "Edit and run" })).toBeVisible();
  await expect(page.locator(".side")).toContainText(/1 Prozess(?!e)/);
  await page.goto("about:blank");
});

const NAME = "nightly-4711";

// All texts of a page, in whatever it has open.
async function expectTranslated(page, what) {
  await expect.soft(await untranslated(page, NAME), what).toEqual([]);
}

const TERMINAL = { cols: 80, rows: 24 };

test("no text of the pages of processes is left out of the catalogue", async ({ page, catalogue, start, tolerate }) => {
  test.setTimeout(180_000);
  tolerate(/^40[04] for|status of 40[04]/);
  await writeBracketed(catalogue);
  const server = await start();
  const log = await server.sh("seq 300; echo 'ERROR 42 %' >&2; exit 3", { name: NAME, labels: { team: "ops" }, env: { MODE: "x" }, timeout_seconds: 60, limits: { open_files: 64 } });
  const terminal = await server.sh("printf '4711\\n'; exec sleep 95082", { name: NAME, terminal: TERMINAL, restart: { policy: "on_failure" } });
  const input = await server.sh("cat", { name: NAME, stdin: true });
  const go = async (path) => {
    await page.goto(server.url + path);
    await page.locator("html[data-ready]").waitFor();
  };

  await go("/admin/exec");
  await expect(page.locator(".row")).toHaveCount(3);
  await page.getByRole("button", { name: /View/ }).click();
  await expect(page.locator(".view-panel")).toBeVisible();
  await expectTranslated(page, "the list with its menu");
  await page.keyboard.press("Escape");
  await page.locator(".row").first().focus();
  await page.keyboard.press("x");
  await expectTranslated(page, "the list with a selection");
  await page.keyboard.press("?");
  await expect(page.locator("dialog[open]")).toBeVisible();
  await expectTranslated(page, "the keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type(NAME);
  await expect(page.locator("dialog[open] [role=option]").nth(3)).toBeVisible();
  await expectTranslated(page, "the palette");
  await page.keyboard.press("Escape");
  await go("/admin/exec?q=state:none-such");
  await expectTranslated(page, "a filter that is wrong");
  await go("/admin/exec?q=nothing-4712");
  await expectTranslated(page, "nothing found");

  await go("/admin/exec/new");
  for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = true));
  await expectTranslated(page, "the form");

  await go(`/admin/exec/${log.id}`);
  await expect(page.locator(".log-row").first()).toBeVisible();
  for (const details of await page.locator("details:visible").all()) await details.evaluate((element) => (element.open = true));
  await page.keyboard.press("/");
  await page.keyboard.type("4711");
  await expectTranslated(page, "a log");
  await go(`/admin/exec/${terminal.id}`);
  await expect(page.locator(".term .xterm")).toBeVisible();
  for (const details of await page.locator("details:visible").all()) await details.evaluate((element) => (element.open = true));
  await expect(page.locator(".side .u-wrap, .side canvas").first()).toBeVisible();
  await expectTranslated(page, "a terminal");
  for (const button of await page.locator(".term-tools button").all()) {
    await button.click();
    await expectTranslated(page, "a tool of the terminal");
    await page.keyboard.press("Escape");
  }
  await go(`/admin/exec/${input.id}`);
  await expectTranslated(page, "a process with input");
  await go("/admin/exec/01900000-0000-7000-8000-000000000000");
  await expectTranslated(page, "no such process");
  await go("/admin/exec/nothing/here");
  await expectTranslated(page, "no such page");
  await page.goto("about:blank");
});

test("no text of the other pages is left out of the catalogue", async ({ page, catalogue, start, tolerate }) => {
  test.setTimeout(180_000);
  tolerate(/^40[04] for|status of 40[04]/);
  await writeBracketed(catalogue);
  const server = await start();
  const one = await server.sh("echo 4711", { name: NAME });
  const two = await server.sh("echo 4711; exec sleep 95083", { name: NAME });
  const spec = { program: "echo", args: ["{{word}}"] };
  const template = await server.call("save_template", { template: { name: NAME, spec, parameters: [{ name: "word", type: "text" }] } });
  const paths = [
    "/admin/account",
    "/admin/people",
    "/admin/audit",
    "/admin/exec/templates",
    "/admin/exec/templates/new",
    `/admin/exec/templates/${template.id}`,
    `/admin/exec/templates/${template.id}/start`,
    "/admin/exec/search",
    "/admin/exec/search?q=4711",
    "/admin/exec/search?q=(&regex=true",
    `/admin/exec/together?ids=${one.id},${two.id}`,
    `/admin/exec/together?ids=${one.id},${two.id}&view=merged`,
    "/admin/exec/together",
  ];
  for (const path of paths) {
    await page.goto(server.url + path);
    await page.waitForLoadState("networkidle");
    for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = true));
    await expectTranslated(page, path);
  }
  await page.goto("about:blank");
});

test("no text of the pages before signing in is left out of the catalogue", async ({ browser, catalogue, start }) => {
  await writeBracketed(catalogue);
  const server = await start({ anew: true });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await server.setupLink());
  await expectTranslated(page, "setting up");
  await page.goto(`${server.url}/login`);
  await expectTranslated(page, "signing in");
  await context.close();
});
