// Commands, keys and the icon of the tab.
import AxeBuilder from "@axe-core/playwright";
import { test, expect, expectTerminal } from "../support/test.js";

const field = (page) => page.getByRole("combobox", { name: "Find a command, a process or a template" });
const options = (page) => page.getByRole("listbox", { name: "What fits" }).getByRole("option");

async function openPalette(page) {
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
}

test("Ctrl K finds pages, processes and templates, and goes there by keyboard alone", async ({ page, server }) => {
  const name = `palette-${Math.random().toString(36).slice(2)}`;
  const { id } = await server.sh("sleep 95301", { name });
  const template = await server.call("save_template", { template: { name: `${name} again`, spec: { program: "true" } } });
  await page.goto("/admin/exec");
  await expect(page.locator(".link.live")).toBeVisible();
  await openPalette(page);
  expect((await new AxeBuilder({ page }).include("dialog").analyze()).violations).toEqual([]);
  await field(page).fill("zzzz no such thing");
  await expect(options(page)).toHaveText([/^Search all output for “zzzz no such thing”/]);
  await field(page).fill(name);
  await expect(options(page)).toHaveText([new RegExp(`^${name}running`), new RegExp(`^${name} again`), /^Search all output/]);
  await page.keyboard.press("ArrowDown");
  await expect(options(page).nth(1)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/admin/exec/${id}$`));
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await openPalette(page);
  await field(page).fill(`${name} again`);
  await expect(options(page)).toHaveCount(2);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/templates/${template.id}/start$`));
  // What was typed goes on to the search of output.
  await page.goto("/admin/exec");
  await expect(page.locator(".link.live")).toBeVisible();
  await openPalette(page);
  await field(page).fill("a & b");
  await expect(options(page).last()).toHaveText(/^Search all output for “a & b”/);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/search\?q=a%20%26%20b/);
  await expect(page.getByRole("searchbox").first()).toHaveValue("a & b");
  await server.call("kill_process", { id, signal: "KILL" });
});

test("the palette offers what the page offers, and a terminal keeps its Ctrl K", async ({ page, server }) => {
  const { id } = await server.call("create_process", { spec: { program: "cat", args: ["-v"], terminal: { cols: 80, rows: 24 }, name: "commanded" } });
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term.active")).toBeVisible();
  await page.locator(".term").click();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("\n");
  await expectTerminal(page, "^K");
  await expect(field(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Commands (Ctrl K)" }).click();
  await field(page).fill("show as log");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("radio", { name: "Log" })).toBeChecked();
  await page.locator("h1").click();
  await openPalette(page);
  await page.keyboard.press("Escape");
  await expect(field(page)).toHaveCount(0);
  await openPalette(page);
  await field(page).fill("stop commanded");
  await expect(options(page).first()).toContainText("Stop commanded");
  await page.keyboard.press("Enter");
  await expect(page.locator(".strip .state")).toContainText("TERM");
});

test("the list of keys opens with ?, and single keys can be switched off", async ({ page }) => {
  await page.goto("/admin/exec");
  await expect(page.locator(".link.live")).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search processes" })).toBeFocused();
  await page.keyboard.type("?n");
  await expect(page.getByRole("searchbox", { name: "Search processes" })).toHaveValue("?n");
  await page.locator("#main").focus();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog).toBeVisible();
  expect((await new AxeBuilder({ page }).include("dialog").analyze()).violations).toEqual([]);
  // The way out is the last, below everything else, where dialogs have it.
  const [close, single] = await Promise.all([dialog.getByRole("button", { name: "Close" }), dialog.locator("label")].map((part) => part.boundingBox()));
  expect(close.y).toBeGreaterThan(single.y + single.height);
  await dialog.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.locator("#main").focus();
  await page.keyboard.press("n");
  await page.keyboard.press("?");
  await expect(dialog).toBeVisible();
  await expect(page).toHaveURL(/\/admin\/exec(\?|$)/);
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.locator("#main").focus();
  await page.keyboard.press("n");
  await expect(page).toHaveURL(/\/admin\/exec\/new$/);
});

test("the tab's icon shows the state of the process, and none in the list", async ({ page, server }) => {
  const { id } = await server.sh("read x; exit 3", { stdin: true });
  const icon = () => page.evaluate(() => decodeURIComponent(document.querySelector("link[rel=icon]").href));
  await page.goto(`/admin/exec/${id}`);
  await page.mouse.move(5, 5);
  await expect.poll(icon).toContain("#1b5fc4");
  await server.call("write_input", { id, text: "\n" });
  await expect.poll(icon).toContain("#bd2222");
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await expect.poll(icon).not.toContain("circle");
});
