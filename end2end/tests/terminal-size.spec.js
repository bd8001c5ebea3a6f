// The size of a terminal: that of the smallest window, correct after any number of changes, and what those see who come back.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cells, expectScreen, screenText, start, test } from "../support/programs.js";
import { field, open, showInput, size } from "../support/terminal.js";
import { expect, expectTerminal } from "../support/test.js";
import { signIn, visitor } from "../support/visitor.js";

const note = (page) => page.locator(".term-size");
const isOverText = (page) =>
  page.evaluate(() => {
    const [note, screen] = [".term-size", ".xterm-screen"].map((part) => document.querySelector(part).getBoundingClientRect());
    return note.left < screen.right && note.top < screen.bottom;
  });

test("who has a larger window than another viewer is told why the terminal is small, and it grows again", async ({ page, newPage, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  const alone = await size(page);
  await expect(note(page)).toHaveText("");
  const second = await newPage({ viewport: { width: 900, height: 500 } });
  await open(second, id);
  await expect.poll(async () => (await size(page)).rows).toBeLessThan(alone.rows);
  const { cols, rows } = await size(second);
  await expect(note(page)).toHaveText(`${cols} × ${rows}, as small as the smallest window that shows it`);
  expect(await isOverText(page)).toBe(false);
  await expect(note(second)).toHaveText("");
  await page.screenshot({ path: test.info().outputPath("size.png") });
  await second.close();
  await expect.poll(() => size(page)).toEqual(alone);
  await expect(note(page)).toHaveText("");
});

test("nothing is said while a window is resized", async ({ page, server }) => {
  const { id } = await showInput(server);
  await open(page, id);
  await note(page).evaluate((element) => {
    window.said = [];
    new MutationObserver(() => window.said.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true });
  });
  for (let times = 0; times < 12; times++) await page.setViewportSize({ width: 700 + 120 * (times % 5), height: 500 + 60 * (times % 4) });
  await page.setViewportSize({ width: 1400, height: 900 });
  await expect.poll(async () => (await size(page)).rows).toBeGreaterThan(35);
  const isTold = async () => {
    const [told, shown] = [(await server.call("get_process", { id })).terminal, await size(page)];
    return told.cols === shown.cols && told.rows === shown.rows;
  };
  await expect.poll(isTold).toBe(true);
  expect(await page.evaluate(() => window.said.filter(Boolean))).toEqual([]);
});

test("who may not type is told whose size it is, scrolls with the keys, and Tab leads on", async ({ browser, server }) => {
  const { id } = await showInput(server, "seq -f '%g\r' 200");
  const { name, context, page } = await visitor(browser, server, "viewer");
  await page.goto(`/admin/exec/${id}`);
  await signIn(page, name);
  await expectTerminal(page, "ready");
  await expect(note(page)).toHaveText("80 × 24, set by those who can type");
  await page.getByLabel(/^Output\. Arrow keys/).focus();
  const top = () => page.evaluate(() => Number(document.querySelector(".term").session.topLine()));
  const before = await top();
  await page.keyboard.press("PageUp");
  await expect.poll(top).toBeLessThan(before - 10);
  await page.keyboard.press("Tab");
  await expect(field(page)).not.toBeFocused();
  await context.close();
});

// Changes the size of the window fifty times as quickly as that can be done, and ends with this one.
const viewport = { width: 1180, height: 760 };
async function storm(page) {
  for (let times = 0; times < 50; times++) await page.setViewportSize({ width: 800 + ((times * 173) % 600), height: 450 + ((times * 97) % 450) });
  await page.setViewportSize(viewport);
}

test("after fifty quick changes of the size vim has drawn each row for the last one, also for whoever joins then", async ({ page, newPage, server, folder }) => {
  test.slow();
  await writeFile(join(folder, "numbers.txt"), Array.from({ length: 2000 }, (_, at) => `number ${at + 1}\n`).join(""));
  const { id } = await start(server, folder, "vim", ["-u", "NONE", "-N", "+set number", "+set laststatus=2", "numbers.txt"]);
  await page.goto(`/admin/exec/${id}`);
  await expectScreen(page, "number 20");
  await storm(page);
  await expect(async () => {
    const { cols, rows } = await size(page);
    expect((await server.call("get_process", { id })).terminal).toEqual({ cols, rows });
    expect(rows).toBeGreaterThan(24);
    const seen = (await screenText(page)).split("\n");
    expect(seen.slice(0, rows - 2).map((row) => row.trim())).toEqual(Array.from({ length: rows - 2 }, (_, at) => `${at + 1} number ${at + 1}`));
    expect(seen[rows - 2].replace(/\s/g, " ")).toBe("numbers.txt".padEnd(cols));
  }).toPass({ timeout: 60_000 });
  const second = await newPage({ viewport });
  await second.goto(`/admin/exec/${id}`);
  await expectScreen(second, "number 20");
  await expect(async () => expect(await cells(second)).toEqual(await cells(page))).toPass({ timeout: 20_000 });
  await server.call("kill_process", { id, signal: "KILL" });
});

test("after fifty quick changes of the size htop looks as to whoever joins then, cell by cell", async ({ page, newPage, server, folder }) => {
  test.slow();
  const { id } = await start(server, folder, "htop", ["-d", "100"]);
  await page.goto(`/admin/exec/${id}`);
  await expectScreen(page, "F10");
  await storm(page);
  const second = await newPage({ viewport });
  await second.goto(`/admin/exec/${id}`);
  await expectScreen(second, "F10");
  await expect(async () => {
    const { terminal } = await server.call("get_process", { id });
    expect(await size(page)).toEqual(terminal);
    expect(terminal.rows).toBeGreaterThan(24);
    expect(await cells(second)).toEqual(await cells(page));
    expect((await screenText(page)).split("\n").at(-1)).toContain("F10");
  }).toPass({ timeout: 60_000 });
  await server.call("kill_process", { id, signal: "KILL" });
});

// Leaves the page for the list and comes back as people do.
async function leaveAndReturn(page, id) {
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await expect(page).toHaveURL(/\/admin\/exec$/);
  await expect(page.locator(".term")).toHaveCount(0);
  await page.locator(`.list a[href$="/admin/exec/${id}"]`).first().click();
  await expect(page.locator(".term.active")).toBeVisible();
}

test("who leaves vim and comes back goes on with the edit, and saves it", async ({ page, server, folder }) => {
  await writeFile(join(folder, "note.txt"), "first line\n");
  const { id } = await start(server, folder, "vim", ["-u", "NONE", "-N", "note.txt"], { name: "editing" });
  await page.goto(`/admin/exec/${id}`);
  await expectScreen(page, "first line");
  await page.locator(".term").click();
  await page.keyboard.type("oan edit that is");
  await expectScreen(page, "an edit that is");
  await leaveAndReturn(page, id);
  await expectScreen(page, "an edit that is");
  await expectScreen(page, "-- INSERT --");
  await page.locator(".term").click();
  await page.keyboard.type(" continued");
  await page.keyboard.press("Escape");
  await page.keyboard.type(":wq\n");
  await expect(page.locator(".strip .state")).toContainText("exit 0");
  expect(await readFile(join(folder, "note.txt"), "utf8")).toBe("first line\nan edit that is continued\n");
});

test("who leaves tmux and comes back finds its windows, and types into them", async ({ page, server, folder }) => {
  const socket = `execdeck-left-${process.pid}`;
  const { id } = await start(server, folder, "tmux", ["-f", "/dev/null", "-L", socket, "new", "sh", ";", "set", "status-right", ""], { name: "multiplexed" });
  await page.goto(`/admin/exec/${id}`);
  await expectScreen(page, "0:sh*");
  await page.locator(".term").click();
  await page.keyboard.type("echo in the $((1))st window\n");
  await expectScreen(page, "in the 1st window");
  await page.keyboard.press("Control+b");
  await page.keyboard.press("c");
  await expectScreen(page, "1:");
  await page.keyboard.type("echo in the $((2))nd window\n");
  await expectScreen(page, "in the 2nd window");
  await leaveAndReturn(page, id);
  await expectScreen(page, "in the 2nd window");
  await page.locator(".term").click();
  await page.keyboard.press("Control+b");
  await page.keyboard.press("0");
  await expectScreen(page, "in the 1st window");
  await page.keyboard.type("echo still $((6 * 7))\n");
  await expectScreen(page, "still 42");
  await page.keyboard.type("tmux kill-server\n");
  await expect(page.locator(".strip .state")).not.toContainText("running");
});
