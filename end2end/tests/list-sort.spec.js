import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/test.js";

const open = async (page, query) => {
  await page.goto(`/admin/exec?q=${encodeURIComponent(query)}`);
  await expect(page.locator(".link")).toHaveText("Live");
};
const names = (page) => page.locator(".row-name");
const title = (page, text) => page.locator(".rows-head").getByText(text, { exact: true });

test("rows are sorted as the View menu and the titles of the columns say, and go back to the usual order", async ({ page, server }) => {
  const labels = { sorted: "yes" };
  await server.sh("sleep 0.9", { name: "job 10", labels });
  await server.sh("exit 0", { name: "job 2", labels });
  await server.sh("sleep 96701", { name: "job 1", labels });
  await server.sh("sleep 0.4; exit 1", { name: "another", labels });
  await expect.poll(async () => (await server.call("list_processes", { filter: { label: "sorted=yes", state: "ended" } })).processes.length).toBe(3);
  await open(page, "label:sorted=yes");
  await expect(names(page)).toHaveText(["job 1", "another", "job 2", "job 10"]);
  await page.getByRole("button", { name: "View", exact: true }).click();
  await page.getByRole("group", { name: "Sort by" }).getByRole("link", { name: "Name" }).click();
  await expect(page).toHaveURL(/sort%3Aname$/);
  await expect(names(page)).toHaveText(["another", "job 1", "job 2", "job 10"]);
  await title(page, "Created").click();
  await expect(names(page)).toHaveText(["job 10", "job 2", "job 1", "another"]);
  await title(page, "Duration").click();
  await expect(names(page)).toHaveText(["job 1", "job 10", "another", "job 2"]);
  // Within groups, too, and after a visit elsewhere.
  await page.getByRole("searchbox").fill("label:sorted=yes sort:name group:who");
  await expect(page.locator(".group-head")).toHaveCount(1);
  await expect(names(page)).toHaveText(["another", "job 1", "job 2", "job 10"]);
  await page.getByRole("link", { name: "job 2", exact: true }).click();
  await expect(page).toHaveTitle(/job 2/);
  await page.goBack();
  await expect(names(page)).toHaveText(["another", "job 1", "job 2", "job 10"]);
  await title(page, "Name").click();
  await expect(page).not.toHaveURL(/sort(:|%3A)/);
  await expect(names(page)).toHaveText(["job 1", "another", "job 2", "job 10"]);
});

test("a sorted list takes in what comes, and moves nothing under the pointer", async ({ page, server }) => {
  const labels = { arriving: "yes" };
  for (const name of ["b", "d"]) await server.sh("sleep 96711", { name, labels });
  await open(page, "label:arriving=yes sort:name");
  await expect(names(page)).toHaveText(["b", "d"]);
  await page.mouse.move(5, 5);
  await server.sh("sleep 96712", { name: "c", labels });
  await expect(names(page)).toHaveText(["b", "c", "d"]);
  await page.locator(".row").first().hover();
  await server.sh("sleep 96713", { name: "a", labels });
  await expect(page.locator(".waiting")).toHaveText("1 new");
  await expect(names(page)).toHaveText(["b", "c", "d"]);
  await page.mouse.move(5, 5);
  await expect(names(page)).toHaveText(["a", "b", "c", "d"]);
});

test("what uses most comes first, wherever it was", async ({ page, server }) => {
  const labels = { using: "yes" };
  const busy = await server.sh("while :; do :; done", { name: "busy", labels });
  for (let number = 0; number < 40; number++) await server.sh("sleep 96721", { name: `idle ${number}`, labels });
  await open(page, "label:using=yes");
  await expect(names(page).last()).toHaveText("busy");
  await title(page, "CPU").click();
  await expect(names(page).first()).toHaveText("busy", { timeout: 15_000 });
  await server.call("kill_process", { id: busy.id });
  await expect(names(page).first()).toHaveText(/^idle/, { timeout: 15_000 });
  await expect(names(page).last()).toHaveText("busy");
});

test("by what rows cannot be sorted is said under the field, and the menu has no serious flaws", async ({ page, server }) => {
  await server.sh("exit 0", { name: "unsortable" });
  await open(page, "unsortable sort:name");
  await page.getByRole("searchbox").fill("unsortable sort:weight");
  await expect(page.locator(".search .field-error")).toContainText("can't be sorted by");
  await page.getByRole("searchbox").fill("unsortable sort:memory");
  await expect(page.locator(".search .field-error")).toBeEmpty();
  await page.getByRole("button", { name: "View", exact: true }).click();
  await expect(page.getByRole("link", { name: "Most memory" })).toHaveAttribute("aria-current", "true");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
});
