// The bar and the keys on pages without the app: the same as on the others.
import AxeBuilder from "@axe-core/playwright";
import { test, expect } from "../support/test.js";
import { arrive } from "../support/visitor.js";

const PAGES = [
  ["/admin/exec/templates", "Templates"],
  ["/admin/exec/search", "Search"],
  ["/admin/people", "People"],
  ["/admin/audit", "Audit"],
  ["/admin/account"],
];
const commands = (page) => page.getByRole("dialog", { name: "Commands" });
const bar = (page) => page.locator(".bar");

for (const [path, name] of PAGES) {
  test(`${path} has the keys and the commands, whose code comes when they are used`, async ({ page, server }) => {
    const process = `keyed ${Math.random().toString(36).slice(2)}`;
    const { id } = await server.sh("exit 0", { name: process });
    const scripts = [];
    page.on("request", (request) => /\.js$/.test(request.url()) && scripts.push(request.url().split("/").at(-1)));
    await page.goto(path);
    expect(scripts).not.toContain("plain-more.js");
    await page.locator("h1").click();
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect(commands(page)).toBeVisible();
    await page.keyboard.type(process);
    await expect(commands(page).getByRole("option").first()).toContainText(process);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`/admin/exec/${id}$`));
    await page.goto(path);
    await page.locator("h1").click();
    await page.keyboard.press("n");
    await expect(page).toHaveURL(/\/admin\/exec\/new$/);
  });

  test(`${path} has a bar like that of the list, and says which page it is`, async ({ newPage }) => {
    for (const viewport of [{ width: 1280, height: 800 }, { width: 900, height: 800 }, { width: 360, height: 740 }]) {
      const page = await newPage({ viewport });
      const places = () => bar(page).locator("a, button, summary").evaluateAll((all) => all.filter((each) => each.checkVisibility()).map((each) => [each.ariaLabel ?? each.textContent, Math.round(each.getBoundingClientRect().x)]));
      await page.goto("/admin/exec");
      await expect(page.locator(".link.live")).toBeVisible();
      const list = await places();
      await page.goto(path);
      expect(await places()).toEqual(list);
      await expect(page.getByRole("navigation", { name: "Main" }).locator("[aria-current=page]")).toHaveCount(name ? 1 : 0);
      if (name) await expect(page.getByRole("navigation", { name: "Main" }).locator("[aria-current=page]")).toHaveText(name);
      else await expect(page.locator(".person")).toHaveAttribute("aria-current", "page");
    }
  });
}

test("the button for the theme works on a page without the app, and the next page has the theme", async ({ page }) => {
  await page.goto("/admin/exec/templates");
  await page.getByRole("button", { name: "Change theme (now system)" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Change theme (now dark)" }).click();
  await page.goto("/admin/account");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await expect(page.getByRole("button", { name: "Change theme (now light)" })).toBeVisible();
  expect((await new AxeBuilder({ page }).include(".bar").analyze()).violations).toEqual([]);
});

test("keys are text in a field, and whoever may not run commands has no new process", async ({ browser, page, server }) => {
  await page.goto("/admin/exec/search");
  await page.getByRole("searchbox", { name: "Search for" }).pressSequentially("n?/");
  await expect(page.getByRole("searchbox", { name: "Search for" })).toHaveValue("n?/");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const { page: theirs, context } = await arrive(browser, server, "viewer", "/admin/exec/templates");
  await expect(theirs.getByRole("link", { name: "New process" })).toHaveCount(0);
  await theirs.locator("h1").click();
  await theirs.keyboard.press("n");
  await theirs.keyboard.press("?");
  await expect(theirs.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await expect(theirs).toHaveURL(/templates$/);
  await context.close();
});
