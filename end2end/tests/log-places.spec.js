// Where the reader of a log is, what they take out of it, and the page around it.
import { readFile } from "node:fs/promises";
import { ended, follow, goTo, isSeen, open, row, scroller, text, top, wheelUntil } from "../support/log.js";
import { expect, expectTerminal, test } from "../support/test.js";

test("a selection across rows is copied as the text of the lines alone", async ({ page, context, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, server, String.raw`printf '\033[32mone\033[m 1\n'; sleep 0.2; echo two >&2; sleep 0.2; echo three; echo '{"a": 4}'; echo five`);
  await expect(text(page, 5)).toHaveText("five");
  await page.getByLabel("Times of lines").selectOption("clock");
  await page.evaluate(() => {
    const texts = [...document.querySelectorAll(".log-text")];
    getSelection().setBaseAndExtent(texts[0].firstChild.firstChild, 1, texts[4].firstChild, 2);
  });
  await scroller(page).focus();
  await page.keyboard.press("Control+c");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('ne 1\ntwo\nthree\n{"a": 4}\nfi');
});

test("a line has an address, at which the page opens with the line marked", async ({ page, server }) => {
  const id = await open(page, server, "seq 5000");
  await expect(text(page, 5000)).toHaveText("5000");
  await goTo(page, "1234");
  await row(page, 1230).getByRole("link", { name: "1230" }).click();
  await expect(page).toHaveURL(/#L1230$/);
  await page.goto("about:blank");
  await page.goto(`/admin/exec/${id}#L1230`);
  await expect(row(page, 1230).locator("[aria-current]")).toBeVisible();
  expect(await isSeen(page, 1230)).toBe(true);
  await expect(follow(page)).not.toBeChecked();
});

test("the line of an address is shown once it is printed", async ({ page, server }) => {
  const { id } = await server.sh("read x; seq 300; sleep 95063", { stdin: true });
  await page.goto(`/admin/exec/${id}#L150`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  await server.call("write_input", { id, text: "\n" });
  await expect(row(page, 150).locator("[aria-current]")).toBeVisible();
  await expect.poll(() => isSeen(page, 150)).toBe(true);
  await expect(follow(page)).not.toBeChecked();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a time of day leads to the first line from then on", async ({ page, server }) => {
  const id = await open(page, server, "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; sleep 0.1; done");
  await expectTerminal(page, "line 40");
  const { lines } = await (await fetch(`${server.url}/api/processes/${id}/lines?from=1&count=100`, { headers: server.headers })).json();
  const wanted = lines[20];
  const clock = await page.evaluate((time) => {
    const two = (number) => String(number).padStart(2, "0");
    const date = new Date(time);
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  }, wanted.time);
  await goTo(page, clock);
  await expect(page.locator(".log-row[aria-current] .log-text")).toHaveText(`line ${wanted.number}`);
  await goTo(page, "nowhere");
  await expect(page.getByText("Enter a line number, start, end, or a time")).toBeVisible();
});

test("log and terminal are a choice that lasts, for pipes and for terminals apart", async ({ page, server }) => {
  const pipes = await open(page, server, "echo pipes");
  await expect(page.locator(".log-text")).toHaveText("pipes");
  expect(await page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/terminal.js")))).toBe(false);
  await page.getByRole("radio", { name: "Terminal" }).check();
  await expectTerminal(page, "pipes");
  await expect(page.locator(".log")).toHaveCount(0);
  await expect(page.locator(".xterm")).toBeVisible();
  await page.reload();
  await expect(page.locator(".xterm")).toBeVisible();
  await page.getByRole("radio", { name: "Log" }).check();
  await expect(page.locator(".log-text")).toHaveText("pipes");
  const terminal = { terminal: { cols: 80, rows: 24 } };
  await open(page, server, "echo terminal", terminal);
  await expect(page.locator(".xterm")).toBeVisible();
  await page.getByRole("radio", { name: "Log" }).press("Space");
  await expect(page.locator(".log-text")).toHaveText("terminal");
  await page.goto(`/admin/exec/${pipes}`);
  await expect(page.locator(".log-text")).toHaveText("pipes");
});

test("a place is kept while the output is shown as a terminal, and for whoever comes back", async ({ page, server }) => {
  const id = await open(page, server, "seq 5000");
  await expect(text(page, 5000)).toHaveText("5000");
  await goTo(page, "1234");
  const place = () => scroller(page).evaluate((pane) => {
    const number = document.querySelector(".term").session.topLine();
    return [number, Math.round(pane.querySelector(`[data-line="${number}"]`)?.getBoundingClientRect().top)];
  });
  await expect.poll(() => isSeen(page, 1234)).toBe(true);
  const middle = await place();
  await page.mouse.move(400, 500);
  await page.mouse.wheel(0, 47);
  await expect.poll(place).not.toEqual(middle);
  const before = await place();
  const isThere = async () => {
    await expect.poll(place).toEqual(before);
    await expect(follow(page)).not.toBeChecked();
  };
  await page.getByRole("radio", { name: "Terminal" }).check();
  await expect(page.locator(".xterm")).toBeVisible();
  await page.getByRole("radio", { name: "Log" }).check();
  await isThere();
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await expect(page.getByRole("heading", { name: "Processes" })).toBeVisible();
  await page.goBack();
  await isThere();
  await page.goto("about:blank");
  await page.goBack();
  await isThere();
  await page.reload();
  await isThere();
  // Whoever opens the page anew sees the end.
  await page.goto("about:blank");
  await page.goto(`/admin/exec/${id}`);
  await expect.poll(() => isSeen(page, 5000)).toBe(true);
  await expect(follow(page)).toBeChecked();
});

test("an address with a line opens the log, whatever was chosen", async ({ page, server }) => {
  const id = await open(page, server, "seq 5000");
  await page.getByRole("radio", { name: "Terminal" }).check();
  await expect(page.locator(".xterm")).toBeVisible();
  await page.goto("about:blank");
  await page.goto(`/admin/exec/${id}#L1230`);
  await expect(row(page, 1230).locator("[aria-current]")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Log" })).toBeChecked();
  await page.getByRole("radio", { name: "Terminal" }).check();
  await expect(page.locator(".xterm")).toBeVisible();
  await page.goto("about:blank");
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".xterm")).toBeVisible();
});

for (const view of ["log", "terminal"]) {
  test(`notices take room from the output, and move no line out of the window: ${view}`, async ({ page, server, tolerate }) => {
    // A request for lines that was under way when the process was removed.
    tolerate(/404 .*\/lines/);
    const { id } = await server.sh("seq 500; sleep 95063", view === "log" ? {} : { terminal: { cols: 80, rows: 24 } });
    await page.route("**/healthz", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), "execdeck-version": "9.9.9-another" } });
    });
    await page.goto(`/admin/exec/${id}`);
    await expect(page.getByText("Execdeck has been updated.")).toBeVisible();
    await expectTerminal(page, "500");
    const room = () => page.locator(".term").evaluate((pane) => innerHeight - pane.getBoundingClientRect().bottom);
    expect(await room()).toBeGreaterThanOrEqual(0);
    await server.call("kill_process", { id, signal: "KILL" });
    await ended(server, id);
    await server.call("remove_process", { id });
    await expect(page.getByText("This process has been removed.")).toBeVisible();
    expect(await room()).toBeGreaterThanOrEqual(0);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(800);
    if (view === "log") expect(await isSeen(page, 500)).toBe(true);
  });
}

test("all rows that are there can be selected, and what is copied is counted", async ({ page, context, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, server, "seq 40");
  await expect(text(page, 40)).toHaveText("40");
  await scroller(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await expect(page.getByText("40 lines copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(Array.from({ length: 40 }, (_, at) => at + 1).join("\n"));
  await expect(page.getByText("40 lines copied")).toBeHidden();
});

test("where only the rows near by can be copied, that is said", async ({ page, context, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, server, "seq 20000");
  await expect(text(page, 20_000)).toHaveText("20000");
  await scroller(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await expect(page.getByText(/^\d+ lines copied of 20,000: those near what is seen\. “Download” has all\.$/)).toBeVisible();
});

test("a selection stays while its rows can stay, and ends visibly when they go", async ({ page, server }) => {
  await open(page, server, "seq 20000");
  await expect(text(page, 20_000)).toHaveText("20000");
  await goTo(page, "1000");
  await expect.poll(() => isSeen(page, 1000)).toBe(true);
  const select = (number) => text(page, number).evaluate((element) => getSelection().selectAllChildren(element));
  const selected = () => page.evaluate(() => getSelection().toString());
  await select(1000);
  await page.mouse.move(400, 500);
  await wheelUntil(page, 2000, async () => Number(await top(page)) > 2500);
  expect(await selected()).toBe("1000");
  await scroller(page).focus();
  await page.keyboard.press("End");
  await expect(page.getByText("The selection has ended")).toBeVisible();
  expect(await selected()).toBe("");
});

test("the output is downloaded in each of its forms from a menu", async ({ page, server }) => {
  await open(page, server, String.raw`printf '\033[31mred\033[0m\n'`);
  await expect(text(page, 1)).toHaveText("red");
  const menu = page.locator(".log-menu");
  const button = menu.locator("summary");
  const forms = { Raw: /^\x1b\[31mred\x1b\[0m\n$/, Text: /^red\n$/, "Text with times": /^\S+.*red\n$/, Recording: /^\{.*"version":\s*[23]/ };
  for (const [name, content] of Object.entries(forms)) {
    await button.focus();
    await page.keyboard.press("Enter");
    const link = menu.getByRole("link").filter({ hasText: new RegExp(`^${name}[A-Z]\\w+ `) });
    const [download] = await Promise.all([page.waitForEvent("download"), link.press("Enter")]);
    expect(await readFile(await download.path(), "utf8")).toMatch(content);
    await expect(link).toBeHidden();
  }
  await button.click();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await expect(menu.getByRole("link").first()).toBeHidden();
  await expect(button).toBeFocused();
  await button.click();
  await page.mouse.click(400, 600);
  await expect(menu.getByRole("link").first()).toBeHidden();
});

test("on a phone the log has one row of controls, and nothing covers the match and the focus", async ({ newPage, server }) => {
  const page = await newPage({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { id } = await server.sh("seq 300");
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  await expect(text(page, 300)).toHaveText("300");
  expect(await page.locator(".log-bar").evaluate((bar) => bar.offsetHeight)).toBeLessThan(64);
  await expect(page.getByLabel("Times of lines")).toBeHidden();
  await page.getByRole("button", { name: "Options" }).click();
  await page.getByLabel("Times of lines").selectOption("clock");
  await expect(row(page, 300).locator(".log-time")).toBeVisible();
  await page.locator(".log-menu summary").click();
  const items = await page.locator(".log-menu .menu-items").boundingBox();
  expect(items.x >= 0 && items.x + items.width <= 360).toBe(true);
  await page.locator(".log-menu summary").click();
  await page.getByLabel("Search in the log").fill("290");
  await page.getByLabel("Search in the log").press("Enter");
  const status = page.locator(".log-find .log-status");
  await expect(status).toHaveText("1 of 1");
  await expect.poll(() => isSeen(page, 290)).toBe(true);
  const levels = await page.locator(".log-current").evaluate((item) => {
    const box = getComputedStyle(item.querySelector(".log-row"), "::after");
    return { box: Number(box.zIndex), style: box.borderLeftStyle, gutter: Number(getComputedStyle(item.querySelector(".log-gutter")).zIndex) };
  });
  expect(levels.style).toBe("dashed");
  expect(levels.box).toBeGreaterThan(levels.gutter);
  expect(await page.locator(".log-bar").evaluate((bar) => bar.offsetHeight)).toBeLessThan(240);
  await page.getByRole("button", { name: "Options" }).click();
  await expect(status).toHaveText("1 of 1");
  expect(await page.locator(".log-bar").evaluate((bar) => bar.offsetHeight)).toBeLessThan(110);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/phone-search.png` });
});
