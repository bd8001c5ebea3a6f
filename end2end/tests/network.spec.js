// The stream on networks that break, viewers that are slow, and several at once.
import { Proxy } from "../support/proxy.js";
import { expect, expectTerminal, showPipes, terminalText, test } from "../support/test.js";

const lines = (count) => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n");
const counting = (count, pause) => `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo line $i; sleep ${pause}; done`;
const views = ["log", "terminal"];
const link = (page) => page.locator(".term");
const broken = (proxy) => new RegExp(`(ERR_|WebSocket).*//${new URL(proxy.url).host}/`);

test.describe("behind a proxy", () => {
  let proxy;
  test.beforeEach(async ({ server, tolerate }) => {
    proxy = await Proxy.start(server.url);
    tolerate(broken(proxy));
  });
  test.afterEach(() => proxy.stop());

  for (const view of views) test(`a network that breaks again and again under output loses and repeats no line: ${view}`, async ({ page, server }) => {
    await showPipes(page, view);
    const { id } = await server.sh(counting(600, 0.01));
    await page.goto(`${proxy.url}/admin/exec/${id}`);
    for (let at = 50; at <= 450; at += 100) {
      await expectTerminal(page, `line ${at}\n`);
      proxy.cut();
      await expect(link(page)).not.toHaveAttribute("data-link", "live");
      await expect(link(page)).toHaveAttribute("data-link", /live|ended/);
    }
    await expect(page.locator(".strip .state")).toContainText("exit 0");
    await expect.poll(() => terminalText(page)).toBe(lines(600));
  });

  for (const view of views) test(`a connection that silently carries nothing any more is noticed and replaced: ${view}`, async ({ page, server }) => {
    await showPipes(page, view);
    await page.clock.install();
    const { id } = await server.sh(`${counting(20, 0.01)}; read x; ${counting(40, 0.01)}`, { stdin: true });
    await page.goto(`${proxy.url}/admin/exec/${id}`);
    await expectTerminal(page, "line 20");
    proxy.stall();
    await server.call("write_input", { id, text: "go\n" });
    await page.clock.fastForward(30_000);
    await expect(link(page)).toHaveAttribute("data-link", "live");
    // Well before 45 seconds of silence; the clock runs on while this waits. The pause before the next connection follows.
    await page.clock.fastForward(12_000);
    await expect(link(page)).toHaveAttribute("data-link", "lost", { timeout: 1000 });
    await page.clock.fastForward(10_000);
    await expect(page.locator(".strip .state")).toContainText("exit 0", { timeout: 30_000 });
    await expect.poll(() => terminalText(page)).toBe(`${lines(20)}\n${lines(40)}`);
  });

  test("an event stream that silently carries nothing any more is noticed and replaced", async ({ page, server }) => {
    await page.clock.install();
    await page.goto(`${proxy.url}/admin/exec?q=unheard`);
    await expect(page.locator(".link")).toContainText("Live");
    proxy.stall("/api/events");
    const { id } = await server.sh("sleep 95031", { name: "unheard" });
    await page.clock.fastForward(30_000);
    await expect(page.locator(".link")).toContainText("Live");
    await expect(page.locator(".row")).toHaveCount(0);
    // After 40 s without a word it connects again, and asks what has happened.
    await page.clock.fastForward(11_000);
    await expect(page.locator(".link")).not.toContainText("Live");
    await page.clock.fastForward(1_000);
    await expect(page.locator(".row", { hasText: "unheard" })).toContainText("running");
    await expect(page.locator(".link")).toContainText("Live");
    await server.call("kill_process", { id, signal: "KILL" });
    await expect(page.locator(".row", { hasText: "unheard" })).toContainText("killed by KILL");
  });

  test("a line that is typed while the connection is down stays, and can be sent when it is back", async ({ page, server }) => {
    const { id } = await server.sh("echo ready; while read x; do echo got $x; done; echo closed", { stdin: true });
    await page.goto(`${proxy.url}/admin/exec/${id}`);
    await expectTerminal(page, "ready");
    const field = page.getByLabel("Input for the process");
    proxy.down = true;
    proxy.cut();
    await expect(page.getByText("Reconnecting… no output is lost").first()).toBeVisible();
    await field.fill("kept");
    await field.press("Enter");
    await expect(field).toHaveValue("kept");
    await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
    proxy.down = false;
    await expect(page.getByRole("button", { name: "Send" })).toBeEnabled();
    await field.press("Enter");
    await expectTerminal(page, "got kept");
    await expect(field).toHaveValue("");
    await page.getByRole("button", { name: "Close input (EOF)" }).click();
    await expectTerminal(page, "closed");
    expect(await terminalText(page)).toBe("ready\ngot kept\nclosed");
  });
});

test("closed input is shown as such while the process goes on", async ({ page, server }) => {
  const { id } = await server.sh("cat; echo over; exec sleep 95012", { stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await expect(link(page)).toHaveAttribute("data-link", "live");
  await page.getByRole("button", { name: "Close input (EOF)" }).click();
  await expectTerminal(page, "over");
  await expect(page.getByLabel("Input for the process")).toBeDisabled();
  await expect(page.getByPlaceholder("Input is closed")).toBeVisible();
});

for (const view of views) test(`a page that comes out of the back/forward cache or from behind another tab goes on without a seam: ${view}`, async ({ page, server }) => {
  await showPipes(page, view);
  const { id } = await server.sh(counting(300, 0.02));
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 10\n");
  // It may connect again before a look at the page would have seen that it was not.
  await page.evaluate(() => {
    window.links = [];
    const term = document.querySelector(".term");
    new MutationObserver(() => window.links.push(term.dataset.link)).observe(term, { attributeFilter: ["data-link"] });
  });
  for (let round = 0; round < 3; round++) {
    await page.evaluate(() => {
      window.links = [];
      window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    });
    await expect.poll(() => page.evaluate(() => window.links)).toContain("lost");
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await expect(link(page)).toHaveAttribute("data-link", "live");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  }
  await expect(page.locator(".strip .state")).toContainText("exit 0", { timeout: 30_000 });
  await expect.poll(() => terminalText(page)).toBe(lines(300));
});

test("a viewer that cannot keep up skips ahead, says what is missing, and has the end", async ({ page, server }) => {
  const { id } = await server.sh("echo ready; read x; yes 'a line that is one of very many' | head -n 5000000; echo the end", { stdin: true });
  await showPipes(page, "terminal");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  // The note scrolls out of what the page keeps, as all does.
  await page.evaluate(() => {
    window.notes = [];
    const { session } = document.querySelector(".term");
    const note = session.note.bind(session);
    session.note = (text, end) => note(text, end, window.notes.push(text));
  });
  await page.getByLabel("Input for the process").fill("go");
  await page.getByLabel("Input for the process").press("Enter");
  await expectTerminal(page, "very many\nthe end");
  const notes = await page.evaluate(() => window.notes);
  expect(notes.length).toBeGreaterThan(0);
  for (const note of notes) expect(note).toMatch(/^[\d.]+ MB skipped to catch up; included in the download$/);
});

test("several viewers share one size, the smallest, and get theirs back when it is gone", async ({ page, newPage, server }) => {
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done"], terminal: { cols: 80, rows: 24 } },
  });
  const size = async (tab) => (await terminalText(tab)).split("\n").at(-1);
  await page.goto(`/admin/exec/${id}`);
  await expect.poll(() => size(page)).toMatch(/^\d+ \d{3}$/);
  const alone = await size(page);
  const small = await newPage({ viewport: { width: 700, height: 500 } });
  await small.goto(`${server.url}/admin/exec/${id}`);
  await expect.poll(() => size(small)).toMatch(/^\d+ \d{2}$/);
  const shared = await size(small);
  await expect.poll(() => size(page)).toBe(shared);
  expect(shared).not.toBe(alone);
  await small.close();
  await expect.poll(() => size(page)).toBe(alone);
});

test("after a storm of resizes process and page agree on the size", async ({ page, server }) => {
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", "echo ready; while read x; do stty size; done"], terminal: { cols: 80, rows: 24 } },
  });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  for (let at = 0; at < 60; at++) await page.setViewportSize({ width: 600 + ((at * 37) % 700), height: 400 + ((at * 53) % 400) });
  await page.setViewportSize({ width: 1000, height: 640 });
  const size = () => page.evaluate(() => (({ cols, rows }) => ({ cols, rows }))(document.querySelector(".term").session.terminal));
  await expect(async () => {
    const told = (await server.call("get_process", { id })).terminal;
    await page.locator(".term").click();
    await page.keyboard.type("\n");
    await expect.poll(async () => (await terminalText(page)).split("\n").at(-1), { timeout: 2000 }).toBe(`${told.rows} ${told.cols}`);
    expect(await size()).toEqual(told);
  }).toPass();
});

test("when the network goes a terminal says so at once, and nothing is missing when it is back", async ({ page, context, server, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED/);
  const script = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done";
  const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-c", script], terminal: { cols: 80, rows: 24 } } });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 20\n");
  await context.setOffline(true);
  await expect(page.getByText("Reconnecting… typing is paused")).toBeVisible({ timeout: 3000 });
  await context.setOffline(false);
  await expect(page.getByText("Reconnecting… typing is paused")).toBeHidden();
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  const numbers = [...(await terminalText(page)).matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers).toEqual(numbers.map((_, at) => numbers[0] + at));
});
