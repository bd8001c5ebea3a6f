// Several outputs merged by time: going to a time, and anywhere by the scroll bar.
import { expect, test } from "../support/test.js";
import { address, scroller, takeTurns, texts } from "../support/together.js";

const ROUNDS = 12;
const SIZE = 900;
const block = (name, round) => Array.from({ length: SIZE }, (_, index) => `${name} ${round}.${index + 1}`);
const row = (page, text) => page.locator(".log-item", { has: page.locator(".log-text", { hasText: new RegExp(`^${text.replaceAll(".", "\\.")}$`) }) });
const field = (page) => page.getByLabel("Go to start, end, or a time such as 14:05");

// The text of the line at the top of what is seen.
const top = (page) =>
  page.evaluate(() => {
    const { top } = document.querySelector(".log-scroller").getBoundingClientRect();
    return [...document.querySelectorAll(".log-item")].find((item) => item.getBoundingClientRect().bottom > top + 1)?.querySelector(".log-text").textContent;
  });

async function goTo(page, text) {
  await field(page).fill(text);
  await field(page).press("Enter");
}

// What is here has no holes and is in order.
async function expectRun(page, printed) {
  const here = await texts(page);
  const from = printed.indexOf(here[0]);
  expect(here).toEqual(printed.slice(from, from + here.length));
}

test("a time leads to the lines from then on, of all processes, of which most are not loaded", async ({ page, server }) => {
  const { processes, printed } = await takeTurns(server, ROUNDS, block);
  const lineOf = async ({ id }, number) => (await (await fetch(`${server.url}/api/processes/${id}/lines?from=${number}&count=1`, { headers: server.headers })).json()).lines[0];
  await page.goto(address(processes, "merged"));
  await expect(row(page, `two ${ROUNDS}.${SIZE}`)).toBeInViewport();
  const marked = page.locator(".log-row[aria-current] .log-text");
  for (const [process, round] of [[processes[1], 3], [processes[0], 8], [processes[0], 2]]) {
    const { time, text } = await lineOf(process, (round - 1) * SIZE + 1);
    await goTo(page, time);
    await expect(marked).toHaveText(text);
    await expect(marked).toBeInViewport();
    await expect(scroller(page)).toBeFocused();
    await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "false");
    await expectRun(page, printed);
    // The line before it is of the other process.
    await expect(row(page, printed[printed.indexOf(text) - 1])).toBeInViewport();
  }
  // It goes on from there in both directions.
  await expect(async () => {
    await page.keyboard.press("PageUp");
    await expect(row(page, `two 1.${SIZE / 2}`)).toBeInViewport({ timeout: 50 });
  }).toPass({ intervals: [10] });
  await expectRun(page, printed);
  await expect(async () => {
    await page.keyboard.press("PageDown");
    await expect(row(page, `one 2.${SIZE / 9}`)).toBeInViewport({ timeout: 50 });
  }).toPass({ intervals: [10] });
  await expectRun(page, printed);
  // The time of day, as it is shown.
  const { time, text } = await lineOf(processes[1], 5 * SIZE + 1);
  const clock = await page.evaluate((at) => {
    const date = new Date(at);
    return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  }, time);
  await goTo(page, clock);
  await expect(marked).toHaveText(text);
  await goTo(page, "start");
  await expect(row(page, "one 1.1")).toBeInViewport();
  await goTo(page, "end");
  await expect(row(page, `two ${ROUNDS}.${SIZE}`)).toBeInViewport();
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "true");
});

test("a time outside of the output, and what is no time, is said at the field", async ({ page, server }) => {
  const { processes } = await takeTurns(server, 1, (name) => [`${name} says`]);
  await page.goto(address(processes, "merged"));
  await expect(row(page, "two says")).toBeVisible();
  for (const [text, message] of [
    ["2020-01-02 14:05", "The first line is later: "],
    ["2100-01-02 14:05", "The last line is earlier: "],
    ["nowhere", "Enter start, end, or a time such as 14:05."],
    ["12", "Enter start, end, or a time such as 14:05."],
  ]) {
    await goTo(page, text);
    const status = page.locator(".together-tools").getByRole("status").filter({ hasText: message });
    await expect(status).toBeInViewport();
    await expect(field(page)).toHaveAttribute("aria-invalid", "true");
    await expect(field(page)).toBeFocused();
  }
  await field(page).fill("sta");
  await expect(field(page)).not.toHaveAttribute("aria-invalid");
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "true");
});

test("the scroll bar leads anywhere, its thumb stays under the pointer, and where it is let go", async ({ page, server }) => {
  const { processes, printed } = await takeTurns(server, ROUNDS, block);
  await page.goto(address(processes, "merged"));
  await expect(row(page, `two ${ROUNDS}.${SIZE}`)).toBeInViewport();
  const rail = await page.locator(".log-rail").boundingBox();
  const thumb = async () => (await page.locator(".log-thumb").boundingBox()).y;
  const { height } = await page.locator(".log-thumb").boundingBox();
  const x = rail.x + rail.width / 2;
  const GRIP = 5;
  let at = await thumb();
  for (const part of [0.5, 0.1, 0.77]) {
    await page.mouse.move(x, at + GRIP);
    await page.mouse.down();
    const goal = rail.y + part * (rail.height - height);
    for (let step = 1; step <= 8; step++) {
      const y = at + ((goal - at) * step) / 8;
      await page.mouse.move(x, y + GRIP);
      expect(Math.abs((await thumb()) - y)).toBeLessThan(2);
    }
    const rank = async () => printed.indexOf(await top(page)) / printed.length;
    await expect.poll(async () => Math.abs((await rank()) - part)).toBeLessThan(0.01);
    await expectRun(page, printed);
    expect(Math.abs((await thumb()) - goal)).toBeLessThan(2);
    await page.mouse.up();
    // A step of the keyboard, after which the thumb is where the lines are.
    await scroller(page).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    expect(Math.abs((await thumb()) - goal)).toBeLessThan(3);
    await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "false");
    at = await thumb();
  }
  // To both ends.
  await page.mouse.move(x, at + GRIP);
  await page.mouse.down();
  await page.mouse.move(x, rail.y - 20);
  await expect(row(page, "one 1.1")).toBeInViewport();
  await page.mouse.move(x, rail.y + rail.height + 20);
  await expect(row(page, `two ${ROUNDS}.${SIZE}`)).toBeInViewport();
  await page.mouse.up();
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "true");
  await expectRun(page, printed);
});

test("the scroll bar leads into what was printed at one moment, too", async ({ page, server }) => {
  // Each prints all of it at once: many lines have the same time.
  const processes = [];
  for (const name of ["one", "two"]) processes.push(await server.sh(`seq -f '${name} %.0f' 20000`, { name }));
  await page.goto(address(processes, "merged"));
  await expect(page.locator(".log-text", { hasText: / 20000$/ }).last()).toBeVisible();
  const rail = await page.locator(".log-rail").boundingBox();
  const numbers = new Set();
  for (const part of [0.2, 0.4, 0.6, 0.8]) {
    await page.mouse.click(rail.x + rail.width / 2, rail.y + part * rail.height);
    await expect.poll(async () => (await page.locator(".log-thumb").boundingBox()).y - rail.y).toBeLessThan(rail.height * part);
    await expect(async () => {
      const text = await top(page);
      expect(numbers.has(text)).toBe(false);
      numbers.add(text);
    }).toPass();
  }
  expect(numbers.size).toBe(4);
});

test("whoever scrolls while a place is being loaded comes to it all the same, and goes on from there", async ({ page, server }) => {
  const { processes, printed } = await takeTurns(server, 6, block);
  await page.goto(address(processes, "merged"));
  await expect(row(page, `two 6.${SIZE}`)).toBeInViewport();
  await scroller(page).hover();
  for (const place of [() => goTo(page, "start"), () => page.keyboard.press("Home")]) {
    let release;
    const isHeld = new Promise((held) => page.route(/\/lines\?from=1&count=1000/, async (route) => {
      await new Promise((released) => {
        release = released;
        held();
      });
      await route.continue();
    }, { times: 1 }));
    await place();
    await isHeld;
    await page.mouse.wheel(0, -300);
    await expect(row(page, `two 6.${SIZE}`)).not.toBeInViewport();
    release();
    await expect(row(page, "one 1.1")).toBeInViewport();
    await expectRun(page, printed);
    await expect(async () => {
      await page.mouse.wheel(0, 1500);
      await expect(row(page, "one 1.400")).toBeInViewport({ timeout: 50 });
    }).toPass({ intervals: [10] });
    await expectRun(page, printed);
    await page.keyboard.press("End");
    await expect(row(page, `two 6.${SIZE}`)).toBeInViewport();
  }
});
