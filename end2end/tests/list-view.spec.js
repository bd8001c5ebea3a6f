import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/test.js";
import { signIn, visitor } from "../support/visitor.js";

const open = async (page, query) => {
  await page.goto(`/admin/exec?q=${encodeURIComponent(query)}`);
  await expect(page.locator(".link")).toHaveText("Live");
};
const heads = (page) => page.locator(".group-head");
const names = (page) => page.locator(".group-head b, .row:visible .row-name");
const view = (page) => page.getByRole("button", { name: "View", exact: true });

test("rows are grouped as the address says, with counts by state, and groups close", async ({ page, server }) => {
  const labels = (team) => ({ group: "counts", ...(team && { team }) });
  await server.sh("exit 0", { name: "one", labels: labels("web") });
  await server.sh("exit 2", { name: "two", labels: labels("web") });
  await server.sh("exit 0", { name: "none", labels: labels() });
  await server.sh("sleep 96501", { name: "three", labels: labels("api") });
  await expect.poll(async () => (await server.call("list_processes", { filter: { label: "group=counts", state: "ended" } })).processes.length).toBe(3);
  await open(page, "label:group=counts");
  await view(page).click();
  await page.getByRole("link", { name: "Label team" }).click();
  await expect(page).toHaveURL(/group%3Alabel%3Ateam/);
  await expect(page.getByRole("region", { name: "View" })).toBeHidden();
  await expect(names(page)).toHaveText(["api", "three", "web", "two", "one", "Without team", "none"]);
  await expect(heads(page).nth(1)).toContainText("1 failed, 1 succeeded");
  const web = page.getByRole("button", { name: /^web/ });
  await web.click();
  await expect(web).toHaveAttribute("aria-expanded", "false");
  await expect(names(page)).toHaveText(["api", "three", "web", "Without team", "none"]);
  // The address alone brings it back, and what is closed is closed only in this page.
  await page.reload();
  await expect(names(page)).toHaveText(["api", "three", "web", "two", "one", "Without team", "none"]);
  await view(page).click();
  await page.getByRole("link", { name: "None", exact: true }).click();
  await expect(page).toHaveURL(/q=label%3Agroup%3Dcounts$/);
  await expect(heads(page)).toHaveCount(0);
  await expect(names(page)).toHaveText(["three", "none", "two", "one"]);
});

test("groups follow what happens", async ({ page, server }) => {
  const label = { labels: { follow: "yes" } };
  await server.sh("exit 0", { name: "b", ...label });
  const first = await server.sh("read x; exit 1", { name: "a", stdin: true, ...label });
  await open(page, "label:follow=yes group:name");
  await expect(names(page)).toHaveText(["a", "a", "b", "b"]);
  await page.mouse.move(5, 5);
  await server.sh("sleep 96511", { name: "a", ...label });
  await server.sh("sleep 96512", { name: "c", ...label });
  await expect(names(page)).toHaveText(["a", "a", "a", "b", "b", "c", "c"]);
  await expect(heads(page).first()).toContainText("2 running");
  await server.call("write_input", { id: first.id, text: "\n" });
  await expect(heads(page).first()).toContainText("1 running, 1 failed");
  await expect(page.locator(".row").nth(1)).toContainText("exit 1");
  // What a closed group hides is not selected.
  await page.locator(".row", { hasText: "exit 1" }).hover();
  await page.getByRole("checkbox", { name: "Select a" }).first().check();
  await expect(page.getByText("1 selected")).toBeVisible();
  await page.getByRole("button", { name: /^a/ }).click();
  await expect(page.getByText("1 selected")).toBeHidden();
});

test("by what rows cannot be grouped is said under the field", async ({ page, server }) => {
  await server.sh("exit 0", { name: "ungroupable" });
  await open(page, "ungroupable group:name");
  await expect(heads(page)).toHaveCount(1);
  await page.getByRole("searchbox").fill("ungroupable group:weight");
  await expect(page.locator(".search .field-error")).toContainText("can't be grouped by");
  await expect(page.locator(".row")).toHaveCount(1);
});

test("a filter is saved under a name, is there in every tab, and can be removed", async ({ browser, page, context, server }) => {
  for (const code of [0, 1]) await server.sh(`exit ${code}`, { name: `keepme ${code}` });
  await open(page, "");
  await view(page).click();
  await expect(page.getByText("Search or choose a state to save a filter.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(view(page)).toBeFocused();
  await page.getByRole("searchbox").fill("state:failed keepme");
  await expect(page.locator(".row")).toHaveCount(1);
  await view(page).click();
  await page.getByLabel("Name of the filter").fill("Mine <b>");
  await page.keyboard.press("Enter");
  const chip = (page) => page.getByRole("navigation", { name: "Saved filters" }).getByRole("link", { name: "Mine <b>" });
  await expect(chip(page)).toHaveAttribute("aria-current", "page");
  const other = await context.newPage();
  await other.goto("/admin/exec");
  await chip(other).click();
  await expect(other.getByRole("searchbox")).toHaveValue("state:failed keepme");
  await expect(other.locator(".row-name")).toHaveText(["keepme 1"]);
  // Whoever signs in next in this browser has filters of their own.
  const visit = await visitor(browser, server, "viewer");
  await visit.page.goto("/login");
  await visit.page.evaluate((all) => Object.assign(localStorage, all), await page.evaluate(() => ({ ...localStorage })));
  await signIn(visit.page, visit.name);
  await open(visit.page, "");
  await expect(chip(visit.page)).toHaveCount(0);
  await visit.context.close();
  await page.getByRole("button", { name: "Remove the filter Mine <b>" }).click();
  for (const tab of [page, other]) await expect(chip(tab)).toHaveCount(0);
  await page.reload();
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await expect(chip(page)).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(`what the list offers besides its rows is accessible and fits: ${colorScheme}, ${width} px`, async ({ newPage, server }) => {
      const name = `axe ${colorScheme} ${width}`;
      for (const code of [0, 1]) await server.sh(`exit ${code}`, { name, labels: { team: "ops" } });
      await server.sh("printf '42 %%'; sleep 96701", { name, labels: { team: "ops" } });
      const page = await newPage({ colorScheme, viewport: { width, height: 800 } });
      await page.addInitScript(() => localStorage.setItem("execdeck.filters.ada", JSON.stringify([{ name: "Failed ones", text: "state:failed" }])));
      await open(page, `${name} group:name`);
      await expect(page.getByRole("progressbar")).toBeVisible();
      await expect(page.locator(".run")).toHaveCount(3);
      await page.locator(".row").first().hover();
      await page.getByRole("checkbox").first().check();
      const check = async () => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
      };
      await check();
      await view(page).click();
      await expect(page.getByRole("region", { name: "View" })).toBeVisible();
      await check();
    });
  }
}

test("a list that was left leaves nothing behind", async ({ page, server }) => {
  const { id } = await server.sh("exit 0", { name: "left" });
  const session = await page.context().newCDPSession(page);
  const listeners = async () => {
    const { result } = await session.send("Runtime.evaluate", { expression: "getEventListeners(document).pointerdown?.length ?? 0", includeCommandLineAPI: true });
    return result.value;
  };
  // Goes to the process and back, and clicks there: what was left notices it then.
  const leave = async () => {
    await view(page).click();
    await expect(page.getByRole("region", { name: "View" })).toBeVisible();
    await page.locator(`.row[data-id="${id}"] .row-name`).click();
    await expect(page).toHaveURL(new RegExp(`${id}$`));
    await page.locator("h1").click();
    const count = await listeners();
    await page.getByRole("link", { name: "Back to all processes" }).click();
    await expect(page.locator(".link")).toHaveText("Live");
    return count;
  };
  await open(page, "left");
  const first = await leave();
  await leave();
  expect(await leave()).toBe(first);
});
