// The replay of a recorded process.
import AxeBuilder from "@axe-core/playwright";
import { ended } from "../support/log.js";
import { expect, expectTerminal, terminalText, test } from "../support/test.js";

const terminal = { terminal: { cols: 80, rows: 24 } };
const dialog = (page) => page.getByRole("dialog");
// The rows that are seen.
const rows = (page) => page.locator(".replay-terminal .xterm-rows > div");
const shown = async (page) => (await rows(page).allTextContents()).map((row) => row.trimEnd()).join("\n").trimEnd();
const expectShown = (page, text) => expect.poll(() => shown(page)).toBe(text);
const slider = (page) => page.getByRole("slider", { name: "Position" });
// In seconds.
const position = async (page) => Number(await slider(page).inputValue());
const duration = async (page) => Number(await slider(page).getAttribute("max"));
// It has stopped at the end. The slider rounds.
const isAtEnd = async (page) => (await duration(page)) - (await position(page)) < 0.001 && (await page.getByRole("button", { name: "Play", exact: true }).isVisible());
const seek = (page, seconds) => slider(page).evaluate((input, seconds) => {
  input.value = seconds;
  input.dispatchEvent(new Event("input"));
}, seconds);

// Runs the script, opens its page and its replay, by the details.
async function open(page, server, script, spec = terminal) {
  const { id } = await server.sh(script, { name: "recorded", ...spec });
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  await page.getByRole("link", { name: "Replay" }).first().click();
  await expect(dialog(page)).toBeVisible();
  return id;
}

test("what a terminal has printed is played in time, and ends with its exit", async ({ page, server }) => {
  await open(page, server, String.raw`printf 'first'; sleep 1; printf '\033[5;10Hsecond'; sleep 1; printf '\033[2J\033[Hlast'; exit 3`);
  await expect(page.getByRole("heading", { name: "Replay of recorded" })).toBeVisible();
  await expectShown(page, "first");
  await expectShown(page, `first\n\n\n\n${" ".repeat(9)}second`);
  await expectShown(page, "last");
  await expect(page.getByText("Ended with exit code 3.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await expect(page.locator(".replay-time")).toHaveText("0:02 / 0:02");
  // Each position has its screen, whichever way it is come to.
  await seek(page, 1.5);
  await expectShown(page, `first\n\n\n\n${" ".repeat(9)}second`);
  await seek(page, 0.5);
  await expectShown(page, "first");
  await seek(page, 2.2);
  await expectShown(page, "last");
  await page.getByRole("button", { name: "Restart" }).click();
  await expectShown(page, "first");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("the keys play, pause, go to places and leave", async ({ page, server }) => {
  await open(page, server, "for i in 1 2 3 4; do echo $i; sleep 0.6; done; sleep 30 & echo end");
  const link = page.getByRole("link", { name: "Replay" }).first();
  await slider(page).focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await page.keyboard.press("Home");
  expect(await position(page)).toBe(0);
  await page.keyboard.press("ArrowRight");
  await expectShown(page, "1\n2\n3\n4\nend");
  await expect(slider(page)).toHaveAttribute("aria-valuetext", /^0:0\d of 0:0\d$/);
  await page.keyboard.press("ArrowLeft");
  await expectShown(page, "");
  await page.keyboard.press("End");
  await expectShown(page, "1\n2\n3\n4\nend");
  for (let press = 0; press < 5; press++) await page.keyboard.press(">");
  await expect(page.getByLabel("Speed")).toHaveValue("16");
  // A button's own key presses it once.
  await page.getByRole("button", { name: "Play", exact: true }).focus();
  await page.keyboard.press("Space");
  await expectShown(page, "1\n2\n3\n4\nend");
  await expect.poll(() => isAtEnd(page)).toBe(true);
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toHaveCount(0);
  await expect(link).toBeFocused();
});

test("pauses are shortened to two seconds unless they are wanted", async ({ page, server }) => {
  await open(page, server, "echo one; sleep 4; echo two");
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await expect.poll(() => duration(page)).toBeGreaterThan(1.9);
  expect(await duration(page)).toBeLessThan(3);
  await seek(page, 1);
  await page.getByLabel("Shorten pauses").uncheck();
  expect(await duration(page)).toBeGreaterThan(3.9);
  await expectShown(page, "one");
  await seek(page, 3.5);
  await page.getByLabel("Shorten pauses").check();
  // In the middle of a pause that is shorter now, it is at its end.
  expect(await position(page)).toBeLessThan(2.2);
});

test("pipes are played from the menu of the log", async ({ page, server }) => {
  const { id } = await server.sh("echo to pipes; echo and errors >&2");
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "to pipes");
  expect(await page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => /\/(replay|terminal)\.js$/.test(name)))).toBe(false);
  const menu = page.locator(".log-menu summary");
  await menu.click();
  await page.locator(".log-menu").getByRole("link", { name: /^Replay/ }).click();
  await expectShown(page, "to pipes\nand errors");
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toHaveCount(0);
  await expect(menu).toBeFocused();
});

test("nothing that the terminal of a replay would answer reaches the process", async ({ page, server }) => {
  // A position, attributes, a colour and a title are asked for, the mouse is to be reported.
  const { id } = await server.sh(String.raw`stty raw -echo; printf '\033[6n\033[c\033[>c\033]10;?\007\033[21t\033[?1003h\033[?1004hasked'; cat -v`, { ...terminal, stdin: true });
  const sent = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload.toString())));
  page.on("request", (request) => request.url().includes("write_input") && sent.push(request.url()));
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "asked");
  const before = await terminalText(page);
  const inputs = () => sent.filter((payload) => /input/.test(payload)).length;
  const already = inputs();
  await page.getByRole("link", { name: "Replay" }).first().click();
  await expectShown(page, "asked");
  await page.mouse.move(300, 300);
  await page.mouse.down();
  await page.mouse.up();
  await page.keyboard.press("x");
  await expect(page.getByText("This is all that was printed until now.")).toBeVisible();
  await page.keyboard.press("Escape");
  await server.call("write_input", { id, text: "typed" });
  await expectTerminal(page, "typed");
  // Whatever had been sent before would have come before.
  expect((await terminalText(page)).replace(before, "")).toBe("typed");
  expect(inputs()).toBe(already);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("sizes change when they did, and notes are shown", async ({ page, server }) => {
  const lines = [{ version: 3, term: { cols: 40, rows: 10 }, title: "sizes" }, [0, "o", "small"], [1, "r", "100x30"], [0, "o", "\r\nlarge"], [1, "m", "12 bytes no longer stored"], [0.5, "r", "nonsense"], [0, "o", "\r\nend"]];
  await page.route("**/output?format=asciicast", (route) => route.fulfill({ contentType: "application/x-asciicast", body: lines.map((line) => `${JSON.stringify(line)}\n`).join("") }));
  await open(page, server, "true");
  await page.keyboard.press("Space");
  await seek(page, 0.5);
  await expect(rows(page)).toHaveCount(10);
  await seek(page, 1.5);
  await expect(rows(page)).toHaveCount(30);
  await expectShown(page, "small\nlarge");
  await seek(page, 2.2);
  await expect(page.getByText("12 bytes no longer stored")).toBeVisible();
  await seek(page, 0.2);
  await expect(rows(page)).toHaveCount(10);
  await expect(page.getByText("12 bytes no longer stored")).toBeHidden();
  // All of a large one fits.
  await seek(page, 2.5);
  await expectShown(page, "small\nlarge\nend");
  expect(await page.locator(".replay-screen").evaluate((place) => place.scrollWidth <= place.clientWidth && place.scrollHeight <= place.clientHeight)).toBe(true);
});

test("of a very large recording the first part is played, and that is said", async ({ page, server }) => {
  await open(page, server, "seq -f %064.0f 1 1100000");
  // The last whole line, once all up to the position is drawn.
  const last = async () => {
    await expect(page.locator(".replay-screen")).toHaveAttribute("aria-busy", "false", { timeout: 60_000 });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    return Number((await shown(page)).split("\n").at(-2));
  };
  await expect(page.getByText("Only the first 67.1 MB are played; the download has all.")).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Space");
  await page.keyboard.press("End");
  const end = await last();
  expect(end).toBeGreaterThan(900_000);
  await seek(page, (await duration(page)) / 2);
  const middle = await last();
  expect(middle).toBeGreaterThan(1000);
  expect(middle).toBeLessThan(end);
  await page.keyboard.press("End");
  expect(await last()).toBe(end);
});

test("a recording that cannot be loaded says so", async ({ page, server, tolerate }) => {
  tolerate(/500 .*\/output\?|status of 500/);
  await page.route("**/output?format=asciicast", (route) => route.fulfill({ status: 500, body: "{}" }));
  await open(page, server, "true");
  await expect(page.getByText("The server answered with 500.")).toBeVisible();
});

for (const [colorScheme, viewport] of [["light", { width: 1280, height: 800 }], ["dark", { width: 360, height: 740 }]]) {
  test(`the replay is accessible and fits: ${colorScheme}`, async ({ newPage, server }) => {
    const page = await newPage({ colorScheme, viewport });
    await open(page, server, String.raw`printf '\033[1;32mhello\033[m world\n'; seq 100; ls -la --color=always /usr | head -20`);
    await expect.poll(() => isAtEnd(page)).toBe(true);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
    const place = await page.locator(".replay-screen").boundingBox();
    expect(place.width).toBeGreaterThan(viewport.width - 20);
    expect(place.height).toBeGreaterThan(viewport.height / 2);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/replay-${colorScheme}.png` });
  });
}
