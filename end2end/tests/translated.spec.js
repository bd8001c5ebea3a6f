// The pages in another language: `server.texts`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Server } from "../support/server.js";
import { expect, test } from "../support/test.js";

test("the page is in the language of the catalogue, and what it lacks is in English", async ({ page }) => {
  const file = join(tmpdir(), `execdeck-texts-${process.pid}.json`);
  const texts = { Stop: "Anhalten", "{count} processes": { one: "{count} Prozess", other: "{count} Prozesse" } };
  await writeFile(file, JSON.stringify({ language: "de", texts }));
  const server = await Server.start({ variables: { EXECDECK_SERVER_TEXTS: file } });
  const { id } = await server.sh("exec sleep 95081");
  await page.goto(`${server.url}/admin/exec/${id}`);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.getByRole("button", { name: "Anhalten" })).toBeVisible();
  await page.locator("html[data-ready]").waitFor();
  await expect(page.locator(".strip").getByRole("link", { name: "Edit and run" })).toBeVisible();
  await expect(page.locator(".side")).toContainText(/[12] Prozess/);
  await server.stop();
});
