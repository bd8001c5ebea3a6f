// Search in the log view, and what it says.
import { goTo, isSeen, open, row, scroller, text, top } from "../support/log.js";
import { expect, expectTerminal, test } from "../support/test.js";

test("of a line that is too long to be shown it is said so before, and where it matches, too", async ({ page, server }) => {
  await open(page, server, "head -c 3000 /dev/zero | tr '\\0' x; echo needle; head -c 100000 /dev/zero | tr '\\0' y; echo needle; echo needle");
  await expect(text(page, 3)).toHaveText("needle");
  await page.getByLabel("Search in the log").fill("needle");
  await page.getByLabel("Search in the log").press("Enter");
  await expect(text(page, 3).locator("mark")).toHaveText("needle");
  for (const number of [1, 2]) await expect(row(page, number).getByText("Matches beyond what is shown")).toBeVisible();
  await row(page, 1).getByRole("button", { name: "Show all (3.0 kB)" }).click();
  await expect(text(page, 1).locator("mark")).toHaveText("needle");
  await expect(row(page, 1).getByText("Matches beyond what is shown")).toHaveCount(0);
  await row(page, 2).getByRole("button", { name: "Show the first 65.5 kB" }).click();
  await expect(row(page, 2)).toContainText("only the beginning of this line is shown");
  await expect(row(page, 2).getByText("Matches beyond what is shown")).toBeVisible();
});

test("the field of the search stays as wide as it is, and what is wrong with a place is said below its field", async ({ newPage, server }) => {
  const { id } = await server.sh("seq 500; exec sleep 96601");
  for (const width of [1280, 1000, 700, 360]) {
    const page = await newPage({ viewport: { width, height: 740 } });
    await page.goto(`/admin/exec/${id}`);
    await expect(text(page, 500)).toHaveText("500");
    const field = page.getByLabel("Search in the log");
    const box = () => field.evaluate((element) => JSON.stringify(element.getBoundingClientRect()));
    const before = await box();
    await field.focus();
    expect(await box(), `at ${width} px`).toBe(before);
    await field.fill("50");
    await field.press("Enter");
    await expect(page.locator(".log-find .log-status")).toHaveText(/of \d+$/);
    expect(await box(), `at ${width} px`).toBe(before);
    if (width < 640) await page.getByRole("button", { name: "Options" }).click();
    await goTo(page, "nowhere");
    const note = page.getByText("Enter a line number, start, end, or a time");
    await expect(note).toBeInViewport({ ratio: 1 });
    const [place, wrong] = [await page.getByLabel("Go to a line number").boundingBox(), await note.boundingBox()];
    expect(Math.abs(wrong.x - place.x), `at ${width} px`).toBeLessThan(60);
    expect(wrong.y - place.y - place.height, `at ${width} px`).toBeLessThan(10);
  }
});

test("what is wrong is said in one line that moves nothing", async ({ page, server, tolerate }) => {
  await open(page, server, "seq 5000");
  await expect(text(page, 5000)).toHaveText("5000");
  await goTo(page, "2,500");
  await expect.poll(() => isSeen(page, 2500)).toBe(true);
  const field = page.getByLabel("Search in the log");
  const status = page.locator(".log-find .log-status");
  await field.fill("a(b");
  await page.getByLabel("Regular expression").click();
  const place = () => row(page, 2500).evaluate((item) => item.getBoundingClientRect().top);
  const before = await place();
  tolerate(/400 .*\/search\?|status of 400/);
  await field.press("Enter");
  await expect(status).toHaveText("“a(b” is not a regular expression: unclosed group");
  expect(await status.evaluate((element) => element.getClientRects().length === 1 && element.clientHeight < 32)).toBe(true);
  expect(await place()).toBe(before);
  await goTo(page, "nowhere");
  await expect(page.getByText("Enter a line number, start, end, or a time")).toBeVisible();
  expect(await place()).toBe(before);
  tolerate(/ERR_FAILED .*\/search\?/);
  await page.route("**/search?*", (route) => route.abort());
  await field.fill("abc");
  await field.press("Enter");
  await expect(status).toHaveText("The server cannot be reached.");
});

test("a search finds lines, marks what matches, and goes from one to the next", async ({ page, server, tolerate }) => {
  await open(page, server, String.raw`i=0; while [ $i -lt 3000 ]; do i=$((i+1)); case $i in *00) printf "größe \033[31mNeedle\033[m $i\n";; *) echo hay $i;; esac; done; sleep 0.2; echo needle of errors >&2`);
  await expectTerminal(page, "needle of errors");
  const field = page.getByLabel("Search in the log");
  const status = page.locator(".log-find .log-status");
  await page.keyboard.press("/");
  await expect(field).toBeFocused();
  await field.fill("needle");
  await field.press("Enter");
  // The first one that is seen; those before it come later.
  await expect(status).toHaveText("30 of 31");
  await field.press("Enter");
  await expect(status).toHaveText("31 of 31");
  await expect(row(page, 3001).locator("mark")).toHaveText("needle");
  await field.press("Enter");
  await expect(status).toHaveText("1 of 31");
  await expect(row(page, 100).locator("mark")).toHaveText("Needle");
  expect(await isSeen(page, 100)).toBe(true);
  await field.press("Shift+Enter");
  await expect(status).toHaveText("31 of 31");
  await page.getByLabel("Match case").click();
  await expect(status).toHaveText("1 of 1");
  await page.getByLabel("Match case").click();
  await page.getByLabel("Stream to show").selectOption("stdout");
  await expect(status).toHaveText(/^\d+ of 30$/);
  await page.getByLabel("Regular expression").click();
  await field.fill("needle (1|2)\\d00$");
  await field.press("Enter");
  await expect(status).toHaveText(/^\d+ of 20$/);
  tolerate(/400 .*\/search\?|status of 400/);
  await field.fill("(");
  await field.press("Enter");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(status).not.toHaveText("");
  await field.press("Escape");
  await expect(field).toHaveValue("");
  await expect(page.locator(".log mark")).toHaveCount(0);
});

test("a long search tells how far it is, and can be ended", async ({ page, server }) => {
  await open(page, server, "seq 1 1000000");
  await expectTerminal(page, "1000000");
  const field = page.getByLabel("Search in the log");
  await field.fill("777777");
  await field.press("Enter");
  await expect(page.locator(".log-find .log-status")).toHaveText("1 of 1");
  await expect(row(page, 777_777).locator("mark")).toHaveText("777777");
  await page.getByRole("button", { name: "End the search" }).click();
  await expect(page.locator(".log mark")).toHaveCount(0);
  await expect(scroller(page)).toBeFocused();
});

test("what a search says belongs to the text in the field, and is not taken for all when it was stopped", async ({ page, server }) => {
  await open(page, server, "seq 1 1000000");
  await expectTerminal(page, "1000000");
  const field = page.getByLabel("Search in the log");
  const status = page.locator(".log-find .log-status");
  await field.fill("777777");
  await expect(status).toHaveText("Press Enter to search");
  await field.press("Enter");
  await expect(status).toHaveText("1 of 1");
  await field.press("End");
  await field.press("Backspace");
  await expect(status).toHaveText("Press Enter to search");
  await expect(page.locator(".log mark")).toHaveCount(0);
  await goTo(page, "start");
  await expect.poll(() => isSeen(page, 1)).toBe(true);
  // Slowly, so that there is time to stop it.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: 60_000, uploadThroughput: -1 });
  await field.fill("9");
  await field.press("Enter");
  await expect(status).toHaveText(/^Searching, \d+ % · 1 of [\d,]+$/);
  await field.press("Escape");
  await expect(status).toHaveText(/^Stopped at \d+ % · 1 of [\d,]+\+$/);
  await expect(field).toHaveValue("9");
  await field.press("Escape");
  await expect(field).toHaveValue("");
});

test("the match above or below is the nearest one, however many there are", async ({ page, server }) => {
  await open(page, server, "seq 1 1000000; echo the end");
  await expectTerminal(page, "the end");
  const field = page.getByLabel("Search in the log");
  const status = page.locator(".log-find .log-status");
  const current = page.locator(".log-current");
  const isAt = async (number) => {
    await expect(current).toHaveAttribute("data-line", String(number));
    await expect.poll(() => isSeen(page, number)).toBe(true);
  };
  const matching = [...Array(1_000_000)].map((_, at) => at + 1).filter((number) => String(number).includes("99"));
  const search = async (text) => {
    await field.fill(text);
    const seen = Number(await top(page));
    await field.press("Enter");
    const at = matching.findIndex((number) => number >= seen);
    await isAt(matching[at]);
    return at;
  };
  const goToLine = async (number) => {
    await goTo(page, String(number));
    await expect.poll(() => isSeen(page, number)).toBe(true);
  };
  await goToLine(550_050);
  const middle = await search("99");
  await expect(status).toHaveText(/^Line 550,\d+ · 10,000\+ matches$/);
  expect(await status.evaluate((element) => element.scrollHeight <= element.clientHeight)).toBe(true);
  await field.press("Shift+Enter");
  await isAt(matching[middle - 1]);
  await field.press("Shift+Enter");
  await isAt(matching[middle - 2]);
  await field.press("Enter");
  await isAt(matching[middle - 1]);
  await field.press("Enter");
  await isAt(matching[middle]);

  // Beyond what one answer has: around the 10,000th match of the log.
  await goToLine(matching[9_999] - 1);
  await field.fill("");
  const at = await search("99");
  for (let next = at + 1; matching[next] <= matching[10_004]; next++) {
    await field.press("Enter");
    await isAt(matching[next]);
  }
  // After the last one comes the first one, and the other way round.
  await field.fill("(^|[^9])99$|end");
  await page.getByLabel("Regular expression").click();
  await goTo(page, "end");
  await expect.poll(() => isSeen(page, 1_000_001)).toBe(true);
  await field.press("Enter");
  await isAt(1_000_001);
  await field.press("Enter");
  await isAt(99);
  await field.press("Shift+Enter");
  await isAt(1_000_001);
  await field.press("Shift+Enter");
  await isAt(999_899);
});

for (const [where, place, line] of [["below", "8000", 8000], ["above", "end", 9102]]) {
  test(`the match next to what is seen is gone to before all are counted: ${where}`, async ({ page, server }) => {
    await open(page, server, "echo needle; seq 9000; echo needle; seq 100");
    await expect(text(page, 9102)).toHaveText("100");
    await goTo(page, place);
    await expect.poll(() => isSeen(page, line)).toBe(true);
    // The search of everything, which takes its time.
    let answer;
    const asked = new Promise((resolve) => (answer = resolve));
    await page.route(/\/search\?.*from=1&/, async (route) => {
      await asked;
      await route.continue();
    });
    await page.getByLabel("Search in the log").fill("needle");
    await page.getByLabel("Search in the log").press("Enter");
    await expect(row(page, 9002).locator("mark")).toHaveText("needle");
    await expect.poll(() => isSeen(page, 9002)).toBe(true);
    const status = page.locator(".log-find .log-status");
    await expect(status).toHaveText("Searching, 0 % · Line 9,002");
    // The one after it is the first one, and is not known yet.
    await page.getByLabel("Search in the log").press("Enter");
    answer();
    await expect(status).toHaveText("1 of 2");
    await page.getByLabel("Search in the log").press("Enter");
    await expect(status).toHaveText("2 of 2");
  });
}
