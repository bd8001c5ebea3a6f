// What stands above the output of a process: it moves nothing, is small on a phone, and says who may not type.
import { test, expect, expectTerminal } from "../support/test.js";
import { arrive } from "../support/visitor.js";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const terminal = (server, script = "echo ready; exec cat") =>
  server.call("create_process", { spec: { program: "sh", args: ["-c", script], name: "a-terminal-with-a-long-name", terminal: { cols: 80, rows: 24 } } });
const top = (locator) => locator.evaluate((element) => element.getBoundingClientRect().top);

for (const [name, options] of [["a phone", PHONE], ["a desk", { viewport: { width: 1280, height: 800 } }]]) {
  test(`a duration that grows moves nothing on ${name}`, async ({ newPage, server }) => {
    const { id } = await terminal(server);
    const page = await newPage(options);
    await page.goto(`/admin/exec/${id}`);
    await expectTerminal(page, "ready");
    const places = (text) =>
      page.locator(".duration").evaluate((element, text) => {
        const before = element.textContent;
        element.firstChild.data = text;
        const all = [...document.querySelectorAll(".strip *, .output-bar, .term")].filter((each) => each !== element && each.checkVisibility());
        const found = all.map((each) => `${each.tagName} ${each.getBoundingClientRect().x} ${each.getBoundingClientRect().y}`);
        element.firstChild.data = before;
        return found;
      }, text);
    const first = await places("24 m 0 s");
    for (const text of ["9 s", "24 m 10 s", "23 h 59 m", "99 d 23 h"]) expect(await places(text), text).toEqual(first);
  });
}

test("on a phone the head takes a third of the screen, with the button for details beside the name", async ({ newPage, server }) => {
  const running = await terminal(server);
  const { id } = await server.sh("exit 3", { name: "ended" });
  const page = await newPage(PHONE);
  for (const each of [running.id, id]) {
    await page.goto(`/admin/exec/${each}`);
    await expect(page.locator(".term")).toBeVisible();
    expect(await top(page.locator(".term"))).toBeLessThan(740 / 3);
    const details = await page.getByRole("button", { name: "Details", exact: true }).boundingBox();
    const heading = await page.getByRole("heading", { level: 1 }).boundingBox();
    expect(details.y).toBeLessThan(heading.y + heading.height);
    expect(heading.x + heading.width).toBeLessThanOrEqual(360);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  }
});

test("on a phone those who watch are a number, and the terminal keeps its rows", async ({ newPage, server }) => {
  const { id } = await terminal(server);
  const page = await newPage(PHONE);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  const before = await page.locator(".term").boundingBox();
  const other = await newPage();
  await other.goto(`/admin/exec/${id}`);
  const chip = page.locator(".presence > summary");
  await expect(chip).toHaveText("2 watching");
  expect((await chip.boundingBox()).width).toBeLessThan(64);
  expect(await page.locator(".term").boundingBox()).toEqual(before);
});

test("that typing is paused is said in one line, and the bar keeps its height", async ({ page, context, server, tolerate }) => {
  const { id } = await terminal(server);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  const bar = page.locator(".output-bar");
  const before = await bar.boundingBox();
  tolerate(/ERR_INTERNET_DISCONNECTED/);
  await context.setOffline(true);
  await expect(page.getByText("Reconnecting… typing is paused; no output is lost")).toBeVisible();
  expect(await bar.boundingBox()).toEqual(before);
  const [shown, whole] = await page.locator(".output-state").evaluate((element) => [element.clientWidth, element.scrollWidth]);
  expect(whole).toBeLessThanOrEqual(shown);
  await context.setOffline(false);
  await expect(page.locator(".output-state")).toBeEmpty();
});

test("who may not type is told so, and the terminal does not look as if it took keys", async ({ browser, page, server }) => {
  const { id } = await terminal(server);
  const look = (of) => of.locator(".term").evaluate((element) => [element.session.terminal.options.cursorStyle, element.session.terminal.options.cursorBlink, getComputedStyle(element).boxShadow]);
  const chosen = () => localStorage.setItem("execdeck.terminal", JSON.stringify({ cursorBlink: true }));
  await page.addInitScript(chosen);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  await expect(page.getByText("View only")).toBeHidden();
  await expect(page.getByText("Ctrl+M: Tab moves focus")).toBeVisible();
  const [style, blinks, edge] = await look(page);
  expect([style, blinks]).toEqual(["block", true]);
  expect(edge).not.toBe("none");
  const { page: theirs, context } = await arrive(browser, server, "viewer", `/admin/exec/${id}`);
  await theirs.evaluate(chosen);
  await theirs.reload();
  await expectTerminal(theirs, "ready");
  await expect(theirs.locator(".term")).toHaveAttribute("data-link", "live");
  await theirs.locator(".term").click();
  await expect(theirs.getByText("View only")).toBeVisible();
  await expect(theirs.getByText("Ctrl+M: Tab moves focus")).toBeHidden();
  expect(await look(theirs)).toEqual(["underline", false, "none"]);
  await context.close();
  // It says so only while somebody could type.
  await server.call("kill_process", { id, signal: "KILL" });
});
