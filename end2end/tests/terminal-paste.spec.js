// Pasting: several lines only after a question, unless the program knows what is pasted.
import AxeBuilder from "@axe-core/playwright";
import { field, open, paste, showInput } from "../support/terminal.js";
import { expect, expectTerminal, terminalText, test } from "../support/test.js";

const question = (page, name = /^Paste /) => page.getByRole("dialog", { name });
const answer = (page, name) => question(page).getByRole("button", { name }).click();

test("several lines are pasted after a question, which Enter answers, and the focus returns", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await paste(page, "first <b>line</b>\r\nsecond\nthird\n");
  await expect(question(page, "Paste 3 lines?")).toBeVisible();
  await expect(question(page).getByLabel("Beginning of the text")).toHaveText("first <b>line</b>\nsecond\nthird");
  expect(await terminalText(page)).toBe("ready");
  await expect(question(page).getByRole("button", { name: "Paste" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expectTerminal(page, "first <b>line</b>^Msecond^Mthird^M");
  await expect(question(page)).toHaveCount(0);
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("typed");
  await expectTerminal(page, "third^Mtyped");
});

test("Escape and Cancel paste nothing, and the focus returns", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  for (const leave of [() => page.keyboard.press("Escape"), () => answer(page, "Cancel")]) {
    await paste(page, "rm -r x\n");
    await expect(question(page, "Paste 1 line with a line break?")).toBeVisible();
    await leave();
    await expect(question(page)).toHaveCount(0);
    await expect(field(page)).toBeFocused();
  }
  await page.keyboard.type("typed");
  await expectTerminal(page, "typed");
  expect(await terminalText(page)).toBe("ready\ntyped");
});

test("a line is pasted at once, and several ones where the program asked to know what is pasted", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await paste(page, "a single line;");
  await expectTerminal(page, "a single line;");
  const other = await showInput(server, String.raw`printf '\033[?2004h'`);
  await open(page, other.id);
  await paste(page, "one\ntwo");
  await expectTerminal(page, "^[[200~one^Mtwo^[[201~");
  // What is pasted can't end the paste and go on as if it were typed.
  await paste(page, "three\x1b[201~four\n");
  await expectTerminal(page, "^[[200~three[201~four^M^[[201~");
});

test("the question can be switched off for the browser, and on again in the settings", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await paste(page, "1\n");
  await question(page).getByLabel("Do not ask again").check();
  // An answer that pastes nothing switches nothing off.
  await page.keyboard.press("Escape");
  await paste(page, "2\n");
  await question(page).getByLabel("Do not ask again").check();
  await answer(page, "Paste");
  await expectTerminal(page, "2^M");
  await page.reload();
  await open(page, id);
  await paste(page, "3\n");
  await expectTerminal(page, "3^M");
  await page.getByRole("button", { name: "Settings of the terminal" }).click();
  await page.getByLabel("Ask before pasting line breaks").check();
  await page.keyboard.press("Escape");
  await paste(page, "4\n");
  await expect(question(page)).toBeVisible();
  await answer(page, "Cancel");
  expect(await terminalText(page)).not.toContain("4^M");
});

test("a megabyte of lines arrives whole after the question, which shows their beginning", async ({ page, server }) => {
  const line = "größe€😀 and more of it\n";
  const count = Math.ceil((1 << 20) / Buffer.byteLength(line));
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(line.replace("\n", "\r").repeat(count)).digest("hex");
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", `stty raw -echo; printf 'ready\\r\\n'; head -c ${Buffer.byteLength(line) * count} | sha256sum`], terminal: { cols: 80, rows: 24 } },
  });
  await open(page, id);
  await paste(page, line.repeat(count));
  await expect(question(page, `Paste ${count} lines?`)).toBeVisible();
  await expect(question(page)).toContainText(`… and ${count - 8} more`);
  await answer(page, "Paste");
  await expectTerminal(page, hash);
});

test("keys and a phone's keyboard paste in the same way", async ({ page, context, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { id } = await showInput(server);
  await open(page, id);
  await page.evaluate(() => navigator.clipboard.writeText("copied\nlines"));
  for (const keys of ["Control+Shift+V", "Shift+Insert"]) {
    await page.keyboard.press(keys);
    await expect(question(page, "Paste 2 lines?"), keys).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(field(page)).toBeFocused();
  }
  // Ctrl+V is the program's: it inserts the next key in shells, and selects blocks in vim.
  await page.keyboard.press("Control+v");
  await expectTerminal(page, "^V");
  // Keyboards of phones insert what they paste.
  await field(page).evaluate((textarea) => {
    const event = new InputEvent("beforeinput", { inputType: "insertText", data: "from a\nphone", bubbles: true, cancelable: true });
    window.wentOn = textarea.dispatchEvent(event);
  });
  await expect(question(page, "Paste 2 lines?")).toBeVisible();
  expect(await page.evaluate(() => window.wentOn)).toBe(false);
  await answer(page, "Paste");
  await expectTerminal(page, "from a^Mphone");
});

test("Ctrl+V pastes where the system's terminals do", async ({ page, context, server }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "platform", { get: () => "Win32" }));
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { id } = await showInput(server);
  await open(page, id);
  await page.evaluate(() => navigator.clipboard.writeText("copied\nlines"));
  await page.keyboard.press("Control+v");
  await expect(question(page, "Paste 2 lines?")).toBeVisible();
  await page.keyboard.press("Enter");
  await expectTerminal(page, "copied^Mlines");
});

test("nobody is asked where nothing can be typed, also if it was typed into before", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await paste(page, "before the end\n");
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  await answer(page, "Paste");
  await expect(question(page)).toContainText("The program takes no input now.");
  await page.keyboard.press("Escape");
  await paste(page, "after\nthe end");
  await expect(question(page)).toHaveCount(0);
  expect(await terminalText(page)).toBe("ready");
});

for (const colorScheme of ["light", "dark"]) {
  test(`the question is accessible, and fits on a phone: ${colorScheme}`, async ({ newPage, server }) => {
    const { id } = await showInput(server);
    const page = await newPage({ colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await open(page, id);
    await paste(page, `${"a long line of what was copied ".repeat(20)}\n`.repeat(40));
    await expect(question(page, "Paste 40 lines?")).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.screenshot({ path: test.info().outputPath("question.png") });
    await question(page).getByRole("button", { name: "Paste" }).tap();
    await expectTerminal(page, "what was copied");
  });
}
