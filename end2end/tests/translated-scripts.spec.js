// The texts that scripts show, in another language: what they look for or compare does not depend on it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Server } from "../support/server.js";
import { expect, test as base } from "../support/test.js";

const TEXTS = {
  "Search in the log": "Im Log suchen",
  "No matches": "Keine Treffer",
  "{count} matches": { one: "{count} Treffer", other: "{count} Treffer" },
  "{number} of {total}": "Von {total} der {number}.",
  "Find a command, a process or a template": "Befehl, Prozess oder Vorlage",
  "Show as terminal": "Als Terminal zeigen",
  "Change theme (now {theme})": "Design wechseln (jetzt {theme})",
  system: "wie im System",
  dark: "dunkel",
  "{count} selected": { one: "{count} gewählt", other: "{count} gewählt" },
  "Stop {names}?": "{names} anhalten?",
  "{first} and {second}": "{first} und {second}",
  "Select {name}": "{name} wählen",
};

const test = base.extend({
  server: async ({}, use) => {
    const file = join(tmpdir(), `execdeck-texts-${process.pid}-scripts.json`);
    await writeFile(file, JSON.stringify({ language: "de", texts: TEXTS }));
    const server = await Server.start({ variables: { EXECDECK_SERVER_TEXTS: file } });
    await use(server);
    await server.stop();
  },
});

test("a search of the log tells what it finds in the language of the page", async ({ page, server }) => {
  const { id } = await server.sh("echo needle; echo hay; echo needle");
  await page.goto(`${server.url}/admin/exec/${id}`);
  const field = page.getByRole("searchbox", { name: "Im Log suchen" });
  await field.fill("needle");
  await field.press("Enter");
  await expect(page.locator(".log-status").first()).toHaveText(/^Von 2 der [12]\.$/);
  await field.fill("nowhere");
  await field.press("Enter");
  await expect(page.locator(".log-status").first()).toHaveText("Keine Treffer");
});

test("commands find the controls of the page whatever these are called", async ({ page, server }) => {
  const { id } = await server.sh("echo hello");
  await page.goto(`${server.url}/admin/exec/${id}`);
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Befehl, Prozess oder Vorlage" });
  await field.fill("als terminal");
  await field.press("Enter");
  await expect(page.getByRole("radio", { name: "Terminal" })).toBeChecked();
  const button = page.locator('.bar [data-does="theme"]');
  await button.click();
  await expect(button).toHaveAttribute("title", "Design wechseln (jetzt dunkel)");
  await page.keyboard.press("Control+k");
  await field.fill("design");
  await expect(page.getByRole("option")).toHaveCount(1);
});

test("processes are selected and stopped with a question in the language of the page", async ({ page, server }) => {
  await server.sh("exec sleep 95082", { name: "one" });
  await server.sh("exec sleep 95083", { name: "two" });
  await page.goto(`${server.url}/admin/exec`);
  await page.locator(".rows").hover();
  await page.getByRole("checkbox", { name: "two wählen" }).check();
  await page.getByRole("checkbox", { name: "one wählen" }).check();
  await expect(page.locator(".selection [role=status]")).toHaveText("2 gewählt");
  const question = page.waitForEvent("dialog");
  const click = page.locator(".selection").getByRole("button", { name: "Stop" }).click();
  const dialog = await question;
  expect(dialog.message()).toBe("two und one anhalten?");
  await dialog.accept();
  await click;
  await expect(page.locator(".rows .state.running")).toHaveCount(0);
});
