// The log view: the lines of an output, any number of them.
import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, expectTerminal, terminalText, test } from "../support/test.js";

const scroller = (page) => page.getByRole("log", { name: "Lines of output" });
const row = (page, number) => page.locator(`.log-item[data-line="${number}"]`);
const text = (page, number) => row(page, number).locator(".log-text");
const top = (page) => page.evaluate(() => document.querySelector(".term").session.topLine());
const follow = (page) => page.getByLabel("Follow");
const ended = (server, id) => expect.poll(async () => (await server.call("get_process", { id })).state, { timeout: 60_000 }).toMatch(/exited|killed/);
const goTo = async (page, place) => {
  await page.getByLabel("Go to a line number").fill(place);
  await page.getByLabel("Go to a line number").press("Enter");
};
// Runs the script, waits for its end and opens its page.
async function open(page, server, script, spec) {
  const { id } = await server.sh(script, spec);
  await ended(server, id);
  await page.goto(`/admin/exec/${id}`);
  return id;
}
// Whether a row is seen, by its place.
const isSeen = (page, number) =>
  row(page, number).evaluate((item) => {
    // It may have given way to a newer one meanwhile.
    if (!item.isConnected) return false;
    const [box, pane] = [item.getBoundingClientRect(), item.closest(".log-scroller").getBoundingClientRect()];
    return box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1;
  });

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
  for (let turn = 0; turn < 15; turn++) {
    await page.mouse.wheel(0, -2000);
    await page.waitForTimeout(20);
  }
  await expect.poll(async () => Number(await top(page))).toBeLessThan(middle - 1000);
  for (let turn = 0; turn < 25; turn++) {
    await page.mouse.wheel(0, 2000);
    await page.waitForTimeout(20);
  }
  await expect.poll(async () => Number(await top(page))).toBeGreaterThan(middle + 500);
  const shown = await page.locator(".log-text").allTextContents();
  expect(shown.map(Number)).toEqual(Array.from({ length: shown.length }, (_, at) => Number(shown[0]) + at));
  expect(await rows.count()).toBeLessThan(500);
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

test("a long line is cut until all of it is wanted", async ({ page, server }) => {
  await open(page, server, "head -c 5000 /dev/zero | tr '\\0' x; echo");
  await expect(text(page, 1)).toHaveText(`${"x".repeat(2000)}…`);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(text(page, 1)).toHaveText("x".repeat(5000));
});

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
  await page.getByLabel("Stream to search").selectOption("stdout");
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
  await expect(status).toHaveText("Enter searches");
  await field.press("Enter");
  await expect(status).toHaveText("1 of 1");
  await field.press("End");
  await field.press("Backspace");
  await expect(status).toHaveText("Enter searches");
  await expect(page.locator(".log mark")).toHaveCount(0);
  await goTo(page, "start");
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
  await field.press("Enter");
  await isAt(1_000_001);
  await field.press("Enter");
  await isAt(99);
  await field.press("Shift+Enter");
  await isAt(1_000_001);
  await field.press("Shift+Enter");
  await isAt(999_899);
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
  test(`notices take room from the output, and move no line out of the window: ${view}`, async ({ page, server }) => {
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

test("a selection stays while its rows can stay, and ends visibly when they go", async ({ page, server }) => {
  await open(page, server, "seq 20000");
  await expect(text(page, 20_000)).toHaveText("20000");
  await goTo(page, "1000");
  await expect.poll(() => isSeen(page, 1000)).toBe(true);
  const select = (number) => text(page, number).evaluate((element) => getSelection().selectAllChildren(element));
  const selected = () => page.evaluate(() => getSelection().toString());
  await select(1000);
  await page.mouse.move(400, 500);
  for (let turn = 0; turn < 20; turn++) {
    await page.mouse.wheel(0, 2000);
    await page.waitForTimeout(20);
  }
  await expect.poll(async () => Number(await top(page))).toBeGreaterThan(2500);
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
