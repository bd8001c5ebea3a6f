// Colours that go on in the next lines of the log, as in a terminal.
import { goTo, isSeen, open, row, text } from "../support/log.js";
import { expect, test } from "../support/test.js";

// The classes of the colour that a whole line has.
const ink = (page, number) => text(page, number).evaluate((element) => element.querySelector("[class*=ink-]")?.className ?? "");

test("a colour that a line does not reset goes on in the next lines of its stream", async ({ page, server }) => {
  await open(page, server, String.raw`printf '\033[31mred\nstill red\n'; sleep 0.2; printf 'plain\n\033[1;32mgreen\n' >&2; sleep 0.2
printf 'red again \033[39mplain\nnothing\n\033[7minverse\n 10 %%\r100 %%\n\033[27;34mblue\033[>4;2m\nblue\033[0m\nend\n'; sleep 0.2; printf 'green again\n' >&2`);
  await expect(text(page, 12)).toHaveText("green again");
  await expect.poll(() => ink(page, 2)).toBe("ink-1");
  expect(await Promise.all([1, 3, 4, 5, 6, 9, 10, 11].map((number) => ink(page, number)))).toEqual(["ink-1", "", "sgr-bold ink-2", "ink-1", "", "ink-4", "ink-4", ""]);
  expect(await ink(page, 12)).toBe("sgr-bold ink-2");
  await expect(text(page, 8).locator(".on-text")).toHaveText("100 %");
});

test("whoever jumps into the middle sees the colours from a page before, and all others once they are known", async ({ page, server }) => {
  await open(page, server, String.raw`awk 'BEGIN { for (i = 1; i <= 10000; i++) print (i == 5000 ? "\033[32m" : i == 8000 ? "\033[31m" : i == 9000 ? "\033[m" : "") "line " i }'`);
  await expect(text(page, 10_000)).toHaveText("line 10000");
  expect(await ink(page, 10_000)).toBe("");
  await goTo(page, "8150");
  await expect.poll(() => isSeen(page, 8150)).toBe(true);
  expect(await ink(page, 8150)).toBe("ink-1");
  // Nothing near says what colour this has.
  await goTo(page, "6100");
  await expect.poll(() => isSeen(page, 6100)).toBe(true);
  expect(await ink(page, 6100)).toBe("");
  // The reader scrolls up until the line comes that does: from there on it is known.
  await page.mouse.move(400, 500);
  await expect(async () => {
    await page.mouse.wheel(0, -3000);
    await expect(row(page, 5000)).toHaveCount(1, { timeout: 100 });
  }).toPass();
  await expect.poll(() => ink(page, 5000)).toBe("ink-2");
  expect(await ink(page, 4999)).toBe("");
  await goTo(page, "6100");
  await expect.poll(() => isSeen(page, 6100)).toBe(true);
  await expect.poll(() => ink(page, 6100)).toBe("ink-2");
});

test("rows that were there before the line that colours them get its colour when it comes", async ({ page, server }) => {
  await open(page, server, String.raw`awk 'BEGIN { for (i = 1; i <= 3000; i++) print (i == 1000 ? "\033[32m" : "") "line " i }'`);
  await expect(text(page, 3000)).toHaveText("line 3000");
  await goTo(page, "1210");
  await expect.poll(() => isSeen(page, 1210)).toBe(true);
  expect(await ink(page, 1210)).toBe("");
  await page.mouse.move(400, 500);
  await expect(async () => {
    await page.mouse.wheel(0, -300);
    await expect(row(page, 1000)).toHaveCount(1, { timeout: 100 });
  }).toPass();
  await expect(row(page, 1210)).toHaveCount(1);
  await expect.poll(() => ink(page, 1210)).toBe("ink-2");
});
