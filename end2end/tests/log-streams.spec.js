// One stream of the log alone.
import AxeBuilder from "@axe-core/playwright";
import { follow, goTo, isSeen, open, row, text } from "../support/log.js";
import { expect, test } from "../support/test.js";

const choice = (page) => page.getByLabel("Stream to show");
const numbers = (page) => page.locator(".log-number").allTextContents().then((all) => all.map(Number));
// So that the order of the streams is sure.
const pause = "sleep 0.1";

test("one stream is shown alone, with the numbers of its lines, and that is said", async ({ page, server }) => {
  await open(page, server, `for i in 1 2 3; do seq 1 1000; ${pause}; echo wrong $i >&2; ${pause}; done; echo end`);
  await expect(text(page, 3004)).toHaveText("end");
  await choice(page).selectOption("stderr");
  await expect(page.getByText("Only standard error is shown.")).toBeVisible();
  await expect(page.locator(".log-item")).toHaveCount(3);
  expect(await numbers(page)).toEqual([1001, 2002, 3003]);
  await expect(text(page, 2002)).toHaveText("wrong 2");
  await goTo(page, "1500");
  await expect(page.locator(".log-item")).toHaveCount(3);
  // Searching finds what is shown.
  await page.getByLabel("Search in the log").fill("3");
  await page.getByLabel("Search in the log").press("Enter");
  await expect(page.locator(".log-find .log-status")).toHaveText("1 of 1");
  await expect(row(page, 3003).locator("mark")).toHaveText("3");
  await choice(page).selectOption("stdout");
  await expect(page.locator(".log-find .log-status")).toContainText(/of 813/);
  await expect(page.locator('[data-stream="stderr"]')).toHaveCount(0);
  await goTo(page, "1001");
  await expect.poll(() => isSeen(page, 1002)).toBe(true);
  expect(await numbers(page)).toEqual(expect.arrayContaining([1000, 1002]));
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(row(page, 1001)).toHaveCount(1);
  await expect.poll(() => isSeen(page, 1002)).toBe(true);
  await expect(page.getByText("Only standard")).toBeHidden();
  await expect(choice(page)).toBeFocused();
  await page.reload();
  await expect(page.locator(".log-item").first()).toBeVisible();
  await expect(page.locator(".log-filter")).toBeHidden();
});

test("of a million lines the few of standard error are found, and many are scrolled through", async ({ page, server }) => {
  await open(page, server, `echo first >&2; ${pause}; seq 1 500000; ${pause}; seq 1 30000 >&2; ${pause}; seq 1 1000000; ${pause}; echo last`);
  await expect(text(page, 1_530_002)).toHaveText("last");
  await choice(page).selectOption("stderr");
  await expect(text(page, 530_001)).toHaveText("30000");
  await expect.poll(() => isSeen(page, 530_001)).toBe(true);
  await expect(follow(page)).toBeChecked();
  await goTo(page, "515000");
  await expect.poll(() => isSeen(page, 515_000)).toBe(true);
  await expect(text(page, 515_000)).toHaveText("14999");
  // Up over the first of the many to the one before all.
  await goTo(page, "500010");
  await expect.poll(() => isSeen(page, 500_010)).toBe(true);
  await page.mouse.move(400, 500);
  await expect(async () => {
    await page.mouse.wheel(0, -2000);
    await expect.poll(() => isSeen(page, 1), { timeout: 300 }).toBe(true);
  }).toPass();
  await expect(text(page, 1)).toHaveText("first");
  const shown = await numbers(page);
  expect(shown.slice(0, 50)).toEqual([1, ...Array.from({ length: 49 }, (_, at) => 500_002 + at)]);
  await goTo(page, "end");
  await expect.poll(() => isSeen(page, 530_001)).toBe(true);
  expect(await page.locator(".log-item").count()).toBeLessThan(500);
});

test("new lines of the stream are followed, and others are not shown", async ({ page, server }) => {
  const { id } = await server.sh("echo out; echo err >&2; while read x; do echo out $x; sleep 0.1; echo err $x >&2; sleep 0.1; done", { stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await choice(page).selectOption("stderr");
  await expect(page.locator(".log-text")).toHaveText(["err"]);
  for (const word of ["one", "two"]) await server.call("write_input", { id, text: `${word}\n` });
  await expect(page.locator(".log-text")).toHaveText(["err", "err one", "err two"]);
  await choice(page).selectOption("stdout");
  await expect(page.locator(".log-text")).toHaveText(["out", "out one", "out two"]);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("what is asked for while an answer is under way is shown once", async ({ page, server }) => {
  const { id } = await server.sh(`echo err >&2; ${pause}; seq 3000; while :; do echo out; sleep 0.02; done`);
  await page.goto(`/admin/exec/${id}`);
  await expect(choice(page)).toBeVisible();
  let waiting = 0;
  let most = 0;
  await page.route(/lines\?.*stream=stderr/, async (route) => {
    most = Math.max(most, ++waiting);
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 400));
    waiting--;
    // The page may have been closed meanwhile.
    await route.fulfill({ response }).catch(() => {});
  });
  await choice(page).selectOption("stderr");
  await expect(page.getByText("Only standard error is shown.")).toBeVisible();
  await expect(page.locator(".log-text")).toHaveText(["err"]);
  await expect.poll(() => most).toBeGreaterThan(1);
  expect(await page.evaluate(() => document.querySelector(".term").session.text())).toBe("err");
  await server.call("kill_process", { id, signal: "KILL" });
});

test("the choice is offered for two streams only, also if one of them is far away", async ({ page, server }) => {
  await open(page, server, "seq 300");
  await expect(text(page, 300)).toHaveText("300");
  await page.waitForLoadState("networkidle");
  await expect(choice(page)).toBeHidden();
  await open(page, server, `echo wrong >&2; ${pause}; seq 2000`);
  await expect(text(page, 2001)).toHaveText("2000");
  await expect(choice(page)).toBeVisible();
});

test("an address of a line of the other stream shows all lines", async ({ page, server }) => {
  await open(page, server, `seq 500; ${pause}; echo wrong >&2`);
  await expect(text(page, 501)).toHaveText("wrong");
  await choice(page).selectOption("stderr");
  await expect(page.locator(".log-item")).toHaveCount(1);
  await page.evaluate(() => (location.hash = "#L250"));
  await expect(row(page, 250).locator("[aria-current]")).toBeVisible();
  await expect(page.locator(".log-filter")).toBeHidden();
});

for (const [colorScheme, viewport] of [["light", { width: 1280, height: 800 }], ["dark", { width: 360, height: 740 }]]) {
  test(`the note that one stream is shown is accessible and fits: ${colorScheme}`, async ({ newPage, server }) => {
    const page = await newPage({ colorScheme, viewport });
    const { id } = await server.sh(`echo see https://example.org; ${pause}; printf '\\033[31mwrong\\n' >&2`);
    await page.goto(`/admin/exec/${id}`);
    await expect(text(page, 2)).toHaveText("wrong");
    if (viewport.width < 640) await page.getByRole("button", { name: "Options" }).click();
    await choice(page).selectOption("stderr");
    await expect(page.getByText("Only standard error is shown.")).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/stream-${colorScheme}.png` });
  });
}
