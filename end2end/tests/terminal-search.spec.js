// The search in a terminal: opened by keys and a button, counts, goes from match to match, gives the focus back.
import AxeBuilder from "@axe-core/playwright";
import { field, open, showInput, terminal } from "../support/terminal.js";
import { expect, expectTerminal, terminalText, test } from "../support/test.js";

const search = (page) => page.getByRole("searchbox", { name: "Search in the terminal" });
const found = (page) => page.getByRole("search").getByRole("status");
const press = (page, name) => page.getByRole("search").getByRole("button", { name }).click();
const lines = (server, more = "", spec = {}) =>
  server.call("create_process", { spec: { program: "sh", args: ["-c", `for i in $(seq 1 17); do echo "match Number $i"; seq 40; done; echo ready; ${more}`], terminal, ...spec } });
// The selected text, its row, and whether that row is seen.
const selected = (page) =>
  page.evaluate(() => {
    const { terminal } = document.querySelector(".term").session;
    const row = terminal.getSelectionPosition()?.start.y;
    const { viewportY } = terminal.buffer.active;
    return { text: terminal.getSelection(), line: terminal.buffer.active.getLine(row)?.translateToString(true), isSeen: row >= viewportY && row < viewportY + terminal.rows };
  });

test("Ctrl+Shift+F searches a live terminal, Ctrl+F is the program's, and Escape gives the focus back", async ({ page, server }) => {
  const { id } = await showInput(server, "for i in $(seq 1 17); do printf 'match Number %d\\r\\n' $i; done");
  await open(page, id);
  await page.keyboard.press("Control+f");
  await expectTerminal(page, "^F");
  await expect(search(page)).toHaveCount(0);
  await page.keyboard.press("Control+Shift+F");
  await expect(search(page)).toBeFocused();
  await page.keyboard.type("number");
  await expect(found(page)).toHaveText("17 of 17");
  await page.keyboard.press("Enter");
  await expect(found(page)).toHaveText("16 of 17");
  await page.keyboard.press("Shift+Enter");
  await expect(found(page)).toHaveText("17 of 17");
  await page.keyboard.press("Shift+Enter");
  await expect(found(page)).toHaveText("1 of 17");
  await page.keyboard.press("Escape");
  await expect(search(page)).toBeHidden();
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("typed");
  await expectTerminal(page, "^Ftyped");
  expect((await terminalText(page)).endsWith("ready\n^Ftyped")).toBe(true);
});

test("the button searches all that the terminal holds, with case and regular expressions", async ({ page, server }) => {
  const { id } = await lines(server, "sleep 95101");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await page.getByRole("button", { name: "Search (Ctrl+Shift+F)" }).click();
  await search(page).fill("number");
  await expect(found(page)).toHaveText("17 of 17");
  await press(page, "Match case");
  await expect(found(page)).toHaveText("No matches");
  await search(page).fill("Number 1");
  await expect(found(page)).toHaveText("9 of 9");
  await press(page, "Match case");
  await press(page, "Regular expression");
  await search(page).fill("number 1?3$");
  await expect(found(page)).toHaveText("2 of 2");
  await press(page, "Older match");
  await expect(found(page)).toHaveText("1 of 2");
  expect(await selected(page)).toEqual({ text: "Number 3", line: "match Number 3", isSeen: true });
  // Who looks at an old match does not follow what comes.
  await expect(page.getByLabel("Follow")).not.toBeChecked();
  await press(page, "Newer match");
  await expect.poll(() => selected(page)).toEqual({ text: "Number 13", line: "match Number 13", isSeen: true });
  await search(page).fill("number (");
  await expect(found(page)).toHaveText("Not a regular expression");
  await search(page).fill("");
  await expect(found(page)).toHaveText("");
});

test("in a terminal that takes no keys, Ctrl+F searches, too", async ({ page, server }) => {
  const { id } = await lines(server);
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  await field(page).focus();
  await page.keyboard.press("Control+f");
  await expect(search(page)).toBeFocused();
  await page.keyboard.type("match");
  await expect(found(page)).toHaveText("17 of 17");
  // Where nothing has the focus it is the browser's.
  await press(page, "Close the search");
  await expect(field(page)).toBeFocused();
  await field(page).blur();
  await page.keyboard.press("Control+f");
  await expect(search(page)).toBeHidden();
});

test("matches that come later are counted, and what can't be loaded is loaded by the next click", async ({ page, server, tolerate }) => {
  tolerate(/terminal-tools\.js/);
  const { id } = await showInput(server, "printf 'match\\r\\n'");
  await page.route("**/terminal-tools.js", (route) => route.abort(), { times: 1 });
  await open(page, id);
  const refused = page.waitForEvent("requestfailed");
  await page.keyboard.press("Control+Shift+F");
  await refused;
  await expect(search(page)).toHaveCount(0);
  await page.keyboard.press("Control+Shift+F");
  await expect(search(page)).toBeFocused();
  await page.keyboard.type("match");
  await expect(found(page)).toHaveText("1 of 1");
  await server.call("write_input", { id, text: "another match" });
  await expect(found(page)).toHaveText(/of 2$/);
});

// The contrast of each letter that is marked, as it is painted.
async function contrasts(page) {
  return page.evaluate(() => {
    const luminance = (text) => {
      const [red, green, blue] = text.match(/[\d.]+/g).map(Number).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const seen = [];
    for (const span of document.querySelectorAll(".term .xterm-rows span")) {
      const { color, backgroundColor } = getComputedStyle(span);
      if (!span.textContent.trim() || backgroundColor === "rgba(0, 0, 0, 0)") continue;
      const [darker, lighter] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
      seen.push({ text: span.textContent, backgroundColor, contrast: (lighter + 0.05) / (darker + 0.05) });
    }
    return seen;
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`matches are marked so that they can be read, in any colour: ${colorScheme}`, async ({ newPage, server }) => {
    const colours = Array.from({ length: 16 }, (_, at) => `\\033[${at < 8 ? 30 + at : 82 + at}mmatch\\033[m`).join(" ");
    const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-c", `printf '${colours}\\nready\\n'; sleep 95102`], terminal: { cols: 200, rows: 24 } } });
    const page = await newPage({ colorScheme });
    await open(page, id);
    await page.keyboard.press("Control+Shift+F");
    await expect(search(page)).toBeFocused();
    await page.keyboard.type("match");
    await expect(found(page)).toHaveText("16 of 16");
    await expect.poll(async () => (await contrasts(page)).length).toBe(80);
    const marked = await contrasts(page);
    for (const mark of marked) expect(mark.contrast, JSON.stringify(mark)).toBeGreaterThanOrEqual(4.4);
    // The present one has another colour than the others.
    expect(new Set(marked.map(({ backgroundColor }) => backgroundColor)).size).toBe(2);
    const { violations } = await new AxeBuilder({ page }).exclude(".xterm").analyze();
    expect(violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath("search.png") });
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await expect(page.getByRole("button", { name: "Close the search" })).toBeInViewport();
    await page.screenshot({ path: test.info().outputPath("search-phone.png") });
  });
}
