// The settings of the terminal: kept in the browser, the same in all of its tabs.
import AxeBuilder from "@axe-core/playwright";
import { field, open, option, showInput, size } from "../support/terminal.js";
import { expect, expectTerminal, showPipes, terminalText, test } from "../support/test.js";

const dialog = (page) => page.getByRole("dialog", { name: "Terminal" });
const openSettings = async (page) => {
  await page.getByRole("button", { name: "Settings of the terminal" }).click();
  await expect(dialog(page)).toBeVisible();
};
const ground = (page) => page.locator(".term").evaluate((element) => getComputedStyle(element).backgroundColor);

test("what is chosen holds at once, in another tab, too, and is kept", async ({ page, context, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  const second = await context.newPage();
  await open(second, id);
  await page.bringToFront();
  await openSettings(page);
  await dialog(page).getByRole("button", { name: "Larger text" }).click();
  await dialog(page).getByRole("button", { name: "Larger text" }).click();
  await dialog(page).getByRole("combobox", { name: "Font" }).fill("Courier New");
  await dialog(page).getByRole("combobox", { name: "Cursor" }).selectOption("Underline");
  await dialog(page).getByLabel("The cursor blinks").check();
  await dialog(page).getByRole("combobox", { name: "Colours" }).selectOption("High contrast");
  const expected = async (tab) => {
    await expect.poll(() => option(tab, "fontSize")).toBe(15);
    await expect.poll(() => option(tab, "fontFamily")).toMatch(/^"Courier New", .*monospace$/);
    await expect.poll(() => option(tab, "cursorStyle")).toBe("underline");
    await expect.poll(() => option(tab, "cursorBlink")).toBe(true);
    await expect.poll(() => option(tab, "minimumContrastRatio")).toBe(7);
    await expect.poll(() => ground(tab)).toBe("rgb(0, 0, 0)");
  };
  await expected(page);
  await expected(second);
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Settings of the terminal" })).toBeFocused();
  await page.reload();
  await open(page, id);
  await expected(page);
  await openSettings(page);
  await expect(dialog(page).getByLabel("Text size in pixels")).toHaveText("15");
  await dialog(page).getByRole("button", { name: "Reset all" }).click();
  for (const tab of [page, second]) {
    await expect.poll(() => option(tab, "fontSize")).toBe(13);
    await expect.poll(() => option(tab, "fontFamily")).not.toContain("Courier");
    await expect.poll(() => ground(tab)).not.toBe("rgb(0, 0, 0)");
  }
  // Whatever it looks like, what it keeps is bounded.
  expect(await option(page, "scrollback")).toBe(20_000);
});

test("keys change the text size while the terminal has the focus, and the program gets the size that fits then", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await expect.poll(async () => (await size(page)).cols).toBeGreaterThan(80);
  const before = await size(page);
  for (let times = 0; times < 3; times++) await page.keyboard.press("Control+=");
  await expect.poll(() => option(page, "fontSize")).toBe(16);
  await expect.poll(async () => (await size(page)).cols).toBeLessThan(before.cols);
  await expect.poll(async () => (await server.call("get_process", { id })).terminal).toEqual(await size(page));
  await page.keyboard.press("Control+-");
  await expect.poll(() => option(page, "fontSize")).toBe(15);
  await page.keyboard.press("Control+0");
  await expect.poll(() => size(page)).toEqual(before);
  // Nothing of it was typed.
  await page.keyboard.type("typed");
  await expectTerminal(page, "typed");
  expect(await terminalText(page)).toBe("ready\ntyped");
  // It stays within bounds.
  for (let times = 0; times < 12; times++) await page.keyboard.press("Control+-");
  expect(await option(page, "fontSize")).toBe(8);
  await page.keyboard.press("Control+0");
  // Elsewhere the keys are the browser's.
  await page.evaluate(() => {
    document.activeElement.blur();
    addEventListener("keydown", (event) => (window.prevented = event.defaultPrevented));
  });
  await page.keyboard.press("Control+=");
  expect(await page.evaluate(() => window.prevented)).toBe(false);
  expect(await option(page, "fontSize")).toBe(13);
});

test("the terminal has its own theme where one is chosen, and otherwise the page's", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  const colours = async () => [await ground(page), (await option(page, "theme")).background];
  await expect.poll(colours).toEqual(["rgba(0, 0, 0, 0)", "#fff"]);
  await openSettings(page);
  await dialog(page).getByRole("combobox", { name: "Colours" }).selectOption("Dark");
  await expect.poll(colours).toEqual(["rgb(11, 13, 17)", "#0b0d11"]);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "auto");
  await page.emulateMedia({ colorScheme: "dark" });
  await dialog(page).getByRole("combobox", { name: "Colours" }).selectOption("Light");
  await expect.poll(colours).toEqual(["rgb(255, 255, 255)", "#fff"]);
  await dialog(page).getByRole("combobox", { name: "Colours" }).selectOption("As the page");
  await expect.poll(colours).toEqual(["rgba(0, 0, 0, 0)", "#0b0d11"]);
});

test("nothing blinks where less motion is wanted, whatever the program says", async ({ newPage, server }) => {
  const { id } = await showInput(server);
  const page = await newPage({ reducedMotion: "reduce" });
  await page.addInitScript(() => localStorage.setItem("execdeck.terminal", JSON.stringify({ cursorBlink: true })));
  await open(page, id);
  const blinking = page.locator(".xterm-cursor-blink");
  expect(await option(page, "cursorBlink")).toBe(false);
  for (const code of ["\x1b[?12h", "\x1b[5 q"]) {
    const next = await server.call("create_process", { spec: { program: "printf", args: ["%sready\n", code], terminal: { cols: 80, rows: 24 }, restart: { policy: "never" } } });
    await page.goto(`/admin/exec/${next.id}`);
    await expectTerminal(page, "ready");
    await field(page).focus();
    await expect(page.locator(".xterm-cursor")).toHaveCount(1);
    await expect(blinking).toHaveCount(0);
  }
  // What can be seen there is what the setting shows elsewhere.
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await expect.poll(() => option(page, "cursorBlink")).toBe(true);
  await expect(blinking).toHaveCount(1);
});

test("a program that restores the cursor does not undo the choice that it blinks", async ({ page, server }) => {
  await page.addInitScript(() => localStorage.setItem("execdeck.terminal", JSON.stringify({ cursorBlink: true })));
  const { id } = await showInput(server, String.raw`printf '\033[?12l\033[?25h'`);
  await open(page, id);
  await expect.poll(() => option(page, "cursorBlink")).toBe(true);
});

test("what is stored but makes no sense is not used, and without storage choices last as long as the page", async ({ page, server }) => {
  const { id } = await showInput(server);
  await page.addInitScript(() => localStorage.setItem("execdeck.terminal", JSON.stringify({ fontSize: 4000, fontFamily: 'x"; } * { display: none', theme: "pink", cursorStyle: 7, confirmPaste: "no" })));
  await open(page, id);
  expect(await option(page, "fontSize")).toBe(13);
  expect(await option(page, "fontFamily")).toMatch(/^"x {2,}display none", /);
  expect(await option(page, "cursorStyle")).toBe("block");
  await page.addInitScript(() => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("switched off", "SecurityError"); } }));
  await open(page, id);
  await page.keyboard.press("Control+=");
  await expect.poll(() => option(page, "fontSize")).toBe(14);
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await page.locator(`.list a[href$="/admin/exec/${id}"]`).first().click();
  await expectTerminal(page, "ready");
  expect(await option(page, "fontSize")).toBe(14);
});

test("the log has no part of it, and the terminal's look does not stay behind in it", async ({ page, server }) => {
  const { id } = await server.sh("echo ready");
  await showPipes(page, "terminal");
  await page.addInitScript(() => localStorage.setItem("execdeck.terminal", JSON.stringify({ theme: "contrast" })));
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await expect.poll(() => ground(page)).toBe("rgb(0, 0, 0)");
  await page.getByRole("radio", { name: "Log" }).check();
  await expect(page.getByRole("log", { name: "Lines of output" })).toBeVisible();
  await expect.poll(() => ground(page)).toBe("rgba(0, 0, 0, 0)");
  await expect(page.getByRole("button", { name: "Settings of the terminal" })).toHaveCount(0);
});

test("on a Mac the command key does what Ctrl does elsewhere, and Ctrl is the program's", async ({ page, server }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "platform", { get: () => "MacIntel" }));
  const { id } = await showInput(server);
  await open(page, id);
  await page.keyboard.press("Meta+=");
  await expect.poll(() => option(page, "fontSize")).toBe(14);
  await page.keyboard.press("Control+f");
  await expectTerminal(page, "^F");
  await page.keyboard.press("Meta+f");
  await expect(page.getByRole("searchbox", { name: "Search in the terminal" })).toBeFocused();
  await page.keyboard.press("Escape");
  await openSettings(page);
  await expect(dialog(page)).toContainText("⌘F searches. ⌘plus, ⌘minus and ⌘0 change the text size");
});

for (const colorScheme of ["light", "dark"]) {
  test(`the settings are accessible, by keyboard alone and on a phone: ${colorScheme}`, async ({ newPage, server }) => {
    const { id } = await showInput(server);
    const page = await newPage({ colorScheme });
    await open(page, id);
    // Out of the terminal, and back to the button.
    await page.keyboard.press("Control+m");
    await page.keyboard.press("Shift+Tab");
    for (let times = 0; times < 12 && !(await page.getByRole("button", { name: "Settings of the terminal" }).evaluate((button) => button === document.activeElement)); times++) await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await expect(dialog(page)).toBeVisible();
    await page.screenshot({ path: test.info().outputPath("settings.png") });
    const { violations } = await new AxeBuilder({ page }).exclude(".xterm").analyze();
    expect(violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await expect(dialog(page).getByRole("button", { name: "Close" })).toBeInViewport();
    await page.screenshot({ path: test.info().outputPath("settings-phone.png") });
    await dialog(page).getByRole("button", { name: "Close" }).click();
    await page.screenshot({ path: test.info().outputPath("phone.png") });
  });
}
