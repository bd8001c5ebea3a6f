// The log view: the lines of an output, any number of them, and how they are shown.
import AxeBuilder from "@axe-core/playwright";
import { ended, follow, goTo, isSeen, open, row, scroller, text, top, wheelUntil } from "../support/log.js";
import { expect, expectTerminal, terminalText, test } from "../support/test.js";

test("a million lines open at their end and can be scrolled and gone to anywhere, with few rows in the page", async ({ page, server }) => {
  await open(page, server, "seq 1 1000000");
  const rows = page.locator(".log-item");
  await expect(text(page, 1_000_000)).toHaveText("1000000");
  expect(await isSeen(page, 1_000_000)).toBe(true);
  await expect(follow(page)).toBeChecked();
  expect(await rows.count()).toBeLessThan(500);
  await goTo(page, "500000");
  await expect(text(page, 500_000)).toHaveText("500000");
  await expect.poll(() => isSeen(page, 500_000)).toBe(true);
  await expect(follow(page)).not.toBeChecked();
  await goTo(page, "start");
  await expect.poll(() => top(page)).toBe("1");
  await goTo(page, "end");
  await expect.poll(() => isSeen(page, 1_000_000)).toBe(true);
  await expect(follow(page)).toBeChecked();

  // By the scrollbar: its middle is the middle of the lines.
  const box = await page.locator(".log-rail").boundingBox();
  await page.mouse.move(box.x + 6, box.y + box.height - 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 6, box.y + box.height / 2, { steps: 8 });
  await page.mouse.up();
  await expect.poll(async () => Math.abs(Number(await top(page)) - 500_000)).toBeLessThan(30_000);
  const middle = Number(await top(page));
  // From there by the wheel, up and down, every line once and in order.
  await page.mouse.move(400, 500);
  await wheelUntil(page, -2000, async () => Number(await top(page)) < middle - 1000);
  await wheelUntil(page, 2000, async () => Number(await top(page)) > middle + 500);
  const shown = await page.locator(".log-text").allTextContents();
  expect(shown.map(Number)).toEqual(Array.from({ length: shown.length }, (_, at) => Number(shown[0]) + at));
  expect(await rows.count()).toBeLessThan(500);
});

test("scrolling far costs few layouts", async ({ page, server }) => {
  await open(page, server, "seq 20000");
  await expect(text(page, 20_000)).toHaveText("20000");
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const layouts = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "LayoutCount").value;
  const before = await layouts();
  const turns = await scroller(page).evaluate(async (element) => {
    const { session } = document.querySelector(".term");
    let turns = 0;
    for (; Number(session.topLine()) > 18_000; turns++) {
      element.scrollTop -= 600;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return turns;
  });
  // Rows have come and gone meanwhile.
  await expect(row(page, 20_000)).toHaveCount(0);
  expect((await layouts()) - before).toBeLessThan(12 * turns);
});

test("the lines are scrolled with the keyboard", async ({ page, server }) => {
  await open(page, server, "seq 500");
  await expect(text(page, 500)).toHaveText("500");
  await scroller(page).focus();
  const bottom = Number(await top(page));
  const at = (expected) => expect.poll(async () => Number(await top(page))).toBe(expected);
  await page.keyboard.press("ArrowUp");
  await at(bottom - 1);
  await expect(follow(page)).not.toBeChecked();
  await page.keyboard.press("Home");
  await at(1);
  await page.keyboard.press("ArrowDown");
  await at(2);
  await page.keyboard.press("PageDown");
  await expect.poll(async () => Number(await top(page))).toBeGreaterThan(10);
  await page.keyboard.press("End");
  await at(bottom);
  await expect(follow(page)).toBeChecked();
  await page.keyboard.press("PageUp");
  await expect.poll(async () => Number(await top(page))).toBeLessThan(bottom - 5);
});

test("Ctrl+Home and Ctrl+End go to the ends of all lines, however many are loaded", async ({ page, server }) => {
  await open(page, server, "seq 5000");
  await expect(text(page, 5000)).toHaveText("5000");
  await scroller(page).focus();
  await page.keyboard.press("Control+Home");
  await expect.poll(() => top(page)).toBe("1");
  await page.keyboard.press("Control+End");
  await expect(text(page, 5000)).toBeInViewport();
  await expect(follow(page)).toBeChecked();
});

test("live output is followed, held while the reader is elsewhere, and followed again at its end", async ({ page, server }) => {
  const { id } = await server.sh("i=0; while :; do i=$((i+1)); echo line $i; sleep 0.02; done");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 80\n");
  await page.getByLabel("Follow").uncheck();
  const held = await top(page);
  const last = (await terminalText(page)).split(" ").pop();
  await expectTerminal(page, `line ${Number(last) + 60}\n`);
  expect(await top(page)).toBe(held);
  await expect(follow(page)).not.toBeChecked();
  await follow(page).check();
  await expect.poll(() => top(page)).not.toBe(held);
  await page.mouse.move(400, 500);
  await page.mouse.wheel(0, -400);
  await expect(follow(page)).not.toBeChecked();
  await expect(async () => {
    await page.mouse.wheel(0, 4000);
    await expect(follow(page)).toBeChecked({ timeout: 200 });
  }).toPass();
  const now = Number((await terminalText(page)).split(" ").pop());
  await expect.poll(async () => (await page.locator(".log-text").allTextContents()).includes(`line ${now + 50}`)).toBe(true);
  await expect.poll(async () => isSeen(page, Number(await page.locator(".log-number").last().textContent()))).toBe(true);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a last line that has not ended grows where it is", async ({ page, server }) => {
  const { id } = await server.sh("printf begun; read x; printf ' and ended\\n'; read x", { stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await expect(text(page, 1)).toHaveText("begun");
  await server.call("write_input", { id, text: "\n" });
  await expect(text(page, 1)).toHaveText("begun and ended");
  await expect(page.locator(".log-item")).toHaveCount(1);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("colours, streams, progress bars, tabs and hostile output", async ({ page, server }) => {
  const script = String.raw`printf '\033[31mred\033[0m usual \033[1;38;5;196mcube\033[m \033[38;2;1;2;3mtrue\033[m \033[7minverse\033[m\n'
printf ' 10 %%\r 50 %%\r100 %%\n'; printf 'long text\rshort\033[K\n'; printf 'a\tb\n'
printf '<img src=x onerror=window.ran=1>\033]0;title\007\033]52;c;aGk=\007 \033[2J\033[10;10Hend\n'; sleep 0.2; echo failed >&2`;
  await open(page, server, script);
  await expect(text(page, 1)).toHaveText("red usual cube true inverse");
  const style = (number, part, name) => text(page, number).getByText(part, { exact: true }).evaluate((span, name) => getComputedStyle(span)[name], name);
  const token = (name) => page.evaluate((name) => {
    const probe = Object.assign(document.createElement("i"), { hidden: true });
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, name);
  expect(await style(1, "red", "color")).toBe(await token("--term-red"));
  expect(await style(1, "cube", "color")).toBe("rgb(255, 0, 0)");
  expect(await style(1, "cube", "fontWeight")).toBe("700");
  expect(await style(1, "true", "color")).toBe("rgb(1, 2, 3)");
  expect(await style(1, "inverse", "backgroundColor")).toBe(await token("--term-text"));
  await expect(text(page, 2)).toHaveText("100 %");
  expect(await text(page, 3).textContent()).toBe("short");
  expect(await text(page, 4).textContent()).toBe("a\tb");
  expect(await text(page, 5).textContent()).toBe("<img src=x onerror=window.ran=1> end");
  expect(await page.evaluate(() => [window.ran, document.querySelectorAll(".log img").length])).toEqual([undefined, 0]);
  await expect(row(page, 6).locator(".log-stream")).toHaveText("err");
  await expect(row(page, 5).locator(".log-stream")).toHaveText("");
});

for (const colorScheme of ["light", "dark"]) {
  test(`text on coloured backgrounds can be read: ${colorScheme}`, async ({ newPage, server }) => {
    const page = await newPage({ colorScheme });
    await open(page, server, String.raw`printf '\033[37;41mFAIL\033[0m \033[41mdefault on red\033[0m \033[30;44mx\033[0m \033[107mx\033[0m \033[37;47mx\033[0m \033[7mx\033[0m \033[31;7mx\033[0m \033[41;7mx\033[0m \033[48;5;52mx\033[0m \033[38;5;16;48;2;9;9;9mx\n'
for ground in 40 41 42 43 44 45 46 47 100 101 102 103 104 105 106 107; do for ink in 30 31 32 33 34 35 36 37 39 90 91 92 93 94 95 96 97; do printf "\033[$ink;""$ground""mx\033[0m "; done; done; echo; printf '\033[30mx\033[0m \033[90mx\n'`);
    await expect(text(page, 3)).toHaveText("x x");
    const contrasts = await page.evaluate(() => {
      const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
      const luminance = (colour) => {
        const [red, green, blue] = numbers(colour).map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const below = (element) => {
        const { backgroundColor } = getComputedStyle(element);
        return numbers(backgroundColor)[3] === 0 ? below(element.parentElement) : backgroundColor;
      };
      return [...document.querySelectorAll(".log-text span")].map((span) => {
        const [low, high] = [luminance(below(span)), luminance(getComputedStyle(span).color)].sort((a, b) => a - b);
        return { text: span.textContent, style: span.outerHTML, contrast: (high + 0.05) / (low + 0.05) };
      });
    });
    expect(contrasts.length).toBeGreaterThan(280);
    expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
  });
}

test("what is no longer stored is a row of its own before the first line", async ({ page, server }) => {
  const { id } = await server.sh("yes 'a line of the flood' | head -n 300000; echo the end", { limits: { output_bytes: 1 << 20 } });
  await ended(server, id);
  await expect.poll(async () => (await server.call("get_process", { id })).output.start).toBeGreaterThan(0);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "the end");
  await goTo(page, "start");
  await expect(page.locator(".log-gap")).toHaveText(/^— [\d.]+ MB no longer stored —$/);
  const first = Number(await page.locator(".log-number").first().textContent());
  expect(first).toBeGreaterThan(1000);
  // The first one may begin in its middle.
  await expect(page.locator(".log-item").nth(1)).toContainText("the flood");
});

test("how lines are shown is a choice that lasts", async ({ page, server }) => {
  await open(page, server, "echo first; printf '%0400d\\n' 7; sleep 0.3; echo last");
  await expect(text(page, 3)).toHaveText("last");
  const time = row(page, 3).locator(".log-time");
  await expect(time).toBeHidden();
  await page.getByLabel("Times of lines").selectOption("clock");
  await expect(time).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}$/);
  await page.getByLabel("Times of lines").selectOption("ago");
  await expect(time).toHaveText(/^\d+ (s|m \d+ s) ago$/);
  await page.getByLabel("Times of lines").selectOption("start");
  await expect(time).toHaveText(/^\+00:00\.\d{3}$/);
  const height = () => row(page, 2).evaluate((item) => item.offsetHeight);
  const wrapped = await height();
  await page.getByRole("button", { name: "Wrap" }).click();
  expect(await height()).toBeLessThan(wrapped);
  expect(await scroller(page).evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
  await page.getByRole("button", { name: "Numbers" }).click();
  await expect(row(page, 3).locator(".log-number")).toBeHidden();
  await page.reload();
  await expect(time).toHaveText(/^\+00:00\.\d{3}$/);
  await expect(row(page, 3).locator(".log-number")).toBeHidden();
  await expect(page.getByRole("button", { name: "Wrap" })).toHaveAttribute("aria-pressed", "false");
});

test("how long ago a line is goes by the server's clock", async ({ page, server }) => {
  await page.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
  });
  await open(page, server, "echo now");
  await page.getByLabel("Times of lines").selectOption("ago");
  await expect(row(page, 1).locator(".log-time")).toHaveText(/^\d+ s ago$/);
});

test("a long line is cut until all of it is wanted", async ({ page, server }) => {
  await open(page, server, "head -c 5000 /dev/zero | tr '\\0' x; echo");
  await expect(text(page, 1)).toHaveText(`${"x".repeat(2000)}…`);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(text(page, 1)).toHaveText("x".repeat(5000));
});

test("the keys scroll a log that nobody has clicked into", async ({ page, server }) => {
  await open(page, server, "seq 500");
  await expect(text(page, 500)).toHaveText("500");
  const bottom = Number(await top(page));
  const at = (expected) => expect.poll(async () => Number(await top(page))).toBe(expected);
  await page.keyboard.press("PageUp");
  await expect.poll(async () => Number(await top(page))).toBeLessThan(bottom - 5);
  await expect(follow(page)).not.toBeChecked();
  await page.keyboard.press("Home");
  await at(1);
  await page.keyboard.press("ArrowDown");
  await at(2);
  await page.keyboard.press("End");
  await at(bottom);
  await page.keyboard.press("g");
  await at(1);
  await page.keyboard.press("G");
  await at(bottom);
  await expect(follow(page)).toBeChecked();
  // In a field they are letters.
  await page.getByLabel("Search in the log").fill("");
  await page.getByLabel("Search in the log").press("g");
  await expect(page.getByLabel("Search in the log")).toHaveValue("g");
  await at(bottom);
});

test("output that is made to be slow to show opens like any other", async ({ page, server }) => {
  const { id } = await server.sh(String.raw`awk 'BEGIN { for (l = 0; l < 200; l++) { s = l % 2 ? "\r" : ""; for (i = 0; i < 5000; i++) s = s (l % 2 ? "\033[9999Xx\033[1K" : "\033[3" i % 8 "mx"); print s } }'; echo the end`);
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  // Seconds on an idle machine, and an hour without bounds.
  await expect(text(page, 201)).toHaveText("the end", { timeout: 45_000 });
  const begin = Date.now();
  await goTo(page, "100");
  await expect.poll(() => isSeen(page, 100)).toBe(true);
  expect(Date.now() - begin).toBeLessThan(45_000);
});

test("lines of JSON have their level, and open and close", async ({ page, server }) => {
  const object = '{"level":"error","msg":"it \\"failed\\"","id":12345678901234567890,"tags":[],"in":{"a":[1,2]}}';
  await open(page, server, `cat <<'END'\n${object}\n{"level":30,"msg":"fine"}\nWARN: cold\n{"not json}\nEND`);
  await expect(row(page, 1).locator(".log-level")).toHaveText("ERROR");
  await expect(row(page, 2).locator(".log-level")).toHaveText("INFO");
  await expect(row(page, 3).locator(".level-warn")).toHaveText("WARN");
  await expect(row(page, 4).locator(".log-json")).toHaveCount(0);
  await expect(text(page, 1)).toHaveText(object);
  await text(page, 1).click();
  expect(await text(page, 1).textContent()).toBe('{\n  "level": "error",\n  "msg": "it \\"failed\\"",\n  "id": 12345678901234567890,\n  "tags": [],\n  "in": {\n    "a": [\n      1,\n      2\n    ]\n  }\n}');
  await row(page, 1).getByRole("button", { name: "Collapse JSON" }).click();
  await expect(text(page, 1)).toHaveText(object);
});

test("new lines are read out if that is wanted", async ({ page, server }) => {
  const { id } = await server.sh("echo ready; while read x; do echo got $x; done", { stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  const announced = page.getByRole("log", { name: "New output" });
  await server.call("write_input", { id, text: "one\n" });
  await expectTerminal(page, "got one");
  await expect(announced).toHaveText("");
  await page.getByLabel("Screen reader").check();
  await server.call("write_input", { id, text: "two\n" });
  await expect(announced).toHaveText("got two");
  await server.call("kill_process", { id, signal: "KILL" });
});

for (const [kind, viewport] of Object.entries({ desk: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`the log is accessible and fits: ${colorScheme}, ${kind}`, async ({ newPage, server }) => {
      const page = await newPage({ colorScheme, viewport });
      const { id } = await server.sh(`echo begun; sleep 0.2; echo bad >&2; sleep 0.2; echo 'WARN careful'; echo '{"level":"info","msg":"hello"}'; echo '{"level":"error","msg":"hello"}'; printf '%0300d\\n' 1`);
      await page.goto(`/admin/exec/${id}#L3`);
      await expect(page.locator("[aria-current] .log-text")).toHaveText("WARN careful");
      if (kind === "phone") await page.getByRole("button", { name: "Options" }).click();
      await page.getByLabel("Times of lines").selectOption("clock");
      await page.getByLabel("Search in the log").fill("hello");
      await page.getByLabel("Search in the log").press("Enter");
      await expect(page.locator(".log mark").first()).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/log-${kind}-${colorScheme}.png` });
    });
  }
}
