// Many tabs of one browser on one server: they share one event stream.
import { expect, expectTerminal, test } from "../support/test.js";

const live = (page) => expect(page.locator(".link")).toContainText("Live");

// How many open tabs hold the event stream now.
const streams = (context) => {
  const open = new Set();
  context.on("request", (request) => request.url().endsWith("/api/events") && open.add(request));
  for (const end of ["requestfinished", "requestfailed"]) context.on(end, (request) => open.delete(request));
  return () => [...open].filter((request) => !request.frame().page().isClosed()).length;
};

test("seven lists stay live with one connection, and an eighth tab still works", async ({ context, server }) => {
  const open = streams(context);
  const pages = [];
  for (let number = 0; number < 7; number++) {
    const page = await context.newPage();
    await page.goto("/admin/exec?q=many-tabs");
    await live(page);
    pages.push(page);
  }
  expect(open()).toBe(1);
  const { id } = await server.sh("echo shown; read x; exit 3", { name: "many-tabs", stdin: true });
  for (const page of pages) await expect(page.locator(".row .state")).toContainText("running");
  const detail = await context.newPage();
  await detail.goto(`/admin/exec/${id}`);
  await expectTerminal(detail, "shown");
  expect(await detail.evaluate(async () => (await fetch("/healthz")).status)).toBe(200);
  await server.call("write_input", { id, text: "\n" });
  for (const page of pages) await expect(page.locator(".row .state")).toContainText("exit 3");
});

test("when the tab with the connection is closed another takes over and nothing is missed", async ({ context, server }) => {
  const open = streams(context);
  const [first, ...others] = [await context.newPage(), await context.newPage(), await context.newPage()];
  await first.goto("/admin/exec?q=takeover");
  await live(first);
  for (const page of others) {
    await page.goto("/admin/exec?q=takeover");
    await live(page);
  }
  // Between the two connections something happens that no event tells of.
  let hold = true;
  await context.route("**/api/events", async (route) => {
    if (hold) await server.sh("exit 5", { name: "takeover unseen" });
    hold = false;
    await route.continue();
  });
  await first.close();
  for (const page of others) {
    await expect(page.locator(".row", { hasText: "takeover unseen" })).toContainText("exit 5");
    await live(page);
  }
  await server.sh("exit 6", { name: "takeover seen" });
  for (const page of others) await expect(page.locator(".row", { hasText: "takeover seen" })).toContainText("exit 6");
  expect(open()).toBe(1);
});

test("a tab that the browser has frozen does not hold up the others", async ({ context, server }) => {
  const [first, second] = [await context.newPage(), await context.newPage()];
  await first.goto("/admin/exec?q=frozen");
  await live(first);
  await second.goto("/admin/exec?q=frozen");
  await live(second);
  // A page stopped by the debugger answers nothing, as a frozen one.
  const debug = await context.newCDPSession(first);
  await debug.send("Debugger.enable");
  await debug.send("Debugger.pause");
  first.evaluate(() => setTimeout(() => {}, 0)).catch(() => {});
  await server.sh("exit 0", { name: "frozen" });
  await expect(second.locator(".row", { hasText: "frozen" })).toContainText("exit 0", { timeout: 40_000 });
  await live(second);
  await debug.send("Debugger.resume");
  await debug.send("Debugger.disable");
  await live(first);
  await expect(first.locator(".row", { hasText: "frozen" })).toContainText("exit 0");
});
