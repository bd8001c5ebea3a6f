// Several people at one terminal: who watches, who types, and who asks to.
import { test, expect, expectTerminal } from "../support/test.js";
import { arrive } from "../support/visitor.js";

// A terminal that says what it reads, from a template so that operators may type.
async function reader(server) {
  const spec = { program: "sh", args: ["-c", 'stty -echo; echo ready; while read line; do echo "<$line>"; done'], terminal: { cols: 80, rows: 24 } };
  const template = await server.call("save_template", { template: { name: `Read ${Math.random()}`, spec } });
  return (await server.call("start_template", { id: template.id, values: {} })).id;
}

async function type(page, text) {
  await page.locator(".term").click();
  await page.keyboard.type(text);
}

const chip = (page) => page.locator(".presence > summary");
const card = (page) => page.locator(".presence-card");

test("a second person sees who types, asks, is let type, and gives way again", async ({ browser, page, server }) => {
  const id = await reader(server);
  const address = `/admin/exec/${id}`;
  await page.goto(address);
  await expectTerminal(page, "ready");
  await expect(page.locator(".presence")).toHaveCount(0);
  const { name, context, page: theirs } = await arrive(browser, server, "operator", address);
  await expectTerminal(theirs, "ready");
  for (const each of [page, theirs]) await expect(each.getByText("2 watching")).toBeVisible();
  await type(page, "mine\n");
  await expectTerminal(theirs, "<mine>");
  await expect(chip(theirs)).toHaveText(/ has the keyboard$/);
  await expect(card(theirs)).toBeHidden();
  await type(theirs, "lost\n");
  await card(theirs).getByRole("button", { name: "Ask to type" }).click();
  await expect(card(theirs)).toContainText("You have asked to type.");
  await expect(card(page)).toContainText(`${name} asks to type.`);
  await page.getByRole("button", { name: `Let ${name} type` }).click();
  await expect(chip(page)).toHaveText(`${name} has the keyboard`);
  for (const each of [page, theirs]) await expect(card(each)).toBeHidden();
  await theirs.keyboard.type("theirs\n");
  await expectTerminal(page, "<theirs>");
  // An administrator need not ask.
  await chip(page).click();
  await page.getByRole("button", { name: "Take over" }).click();
  await expect(chip(theirs)).toHaveText(/ has the keyboard$/);
  await page.keyboard.type("again\n");
  await expectTerminal(theirs, "<again>");
  const output = await (await page.request.get(`/api/processes/${id}/output`)).text();
  expect(output).not.toContain("lost");
  await context.close();
  await expect(page.locator(".presence")).toHaveCount(0);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("two windows of one person type in turn, and the list says who is there", async ({ page, newPage, server }) => {
  const id = await reader(server);
  const second = await newPage();
  for (const each of [page, second]) await each.goto(`/admin/exec/${id}`);
  await expectTerminal(second, "ready");
  await type(page, "one\n");
  await expectTerminal(second, "<one>");
  await type(second, "two\n");
  await expectTerminal(page, "<two>");
  await chip(page).focus();
  await page.keyboard.press("Enter");
  const rows = page.locator(".presence-list li");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "(this window)" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "has the keyboard" })).toHaveText(/^(?!.*this window)/);
  await page.keyboard.press("Escape");
  await expect(rows.first()).toBeHidden();
  await expect(chip(page)).toBeFocused();
  // The other view of the output, too.
  await second.getByRole("radio", { name: "Log" }).check();
  await expect(chip(second)).toBeVisible();
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".presence")).toHaveCount(0);
});

test("a viewer sees who types, and is offered nothing", async ({ browser, page, server }) => {
  const id = await reader(server);
  const { context, page: theirs } = await arrive(browser, server, "viewer", `/admin/exec/${id}`);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await expect(theirs.getByText("2 watching")).toBeVisible();
  await type(page, "one\n");
  await expect(chip(theirs)).toHaveText(/ has the keyboard$/);
  await chip(theirs).click();
  await expect(theirs.locator(".presence button")).toHaveCount(0);
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a no holds for all windows of who asks, and each button answers who asks now", async ({ browser, page, server }) => {
  const id = await reader(server);
  const address = `/admin/exec/${id}`;
  await page.goto(address);
  const { name, context, page: first } = await arrive(browser, server, "operator", address);
  const second = await context.newPage();
  await second.goto(address);
  await expectTerminal(second, "ready");
  await type(page, "mine\n");
  for (const each of [first, second]) {
    await type(each, "lost");
    await card(each).getByRole("button", { name: "Ask to type" }).click();
    await expect(card(each)).toContainText("You have asked to type.");
  }
  await expect(card(page)).toContainText(`${name} asks to type.`);
  // The other window's request takes the place of this one's.
  await first.close();
  await expect(chip(page)).toHaveAttribute("title", "");
  await chip(page).click();
  await expect(page.locator(".presence-list li")).toHaveCount(2);
  await page.getByRole("button", { name: "Keep the keyboard" }).click();
  await expect(card(page)).toBeHidden();
  await expect(card(second)).toContainText("keeps the keyboard.");
  await expect(card(second).getByRole("button", { name: "Ask to type" })).toBeVisible();
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("what the server drops is said, also if the page could not know that somebody types", async ({ browser, page, server }) => {
  const id = await reader(server);
  const address = `/admin/exec/${id}`;
  await page.goto(address);
  await expectTerminal(page, "ready");
  const { context, page: theirs } = await arrive(browser, server, "operator", address);
  let held;
  await theirs.routeWebSocket("**/stream?*", (socket) => {
    const remote = socket.connectToServer();
    remote.onMessage((message) => (held && message[0] === 8 ? held.push(message) : socket.send(message)));
    theirs.release = () => {
      held.forEach((message) => socket.send(message));
      held = undefined;
    };
  });
  await theirs.reload();
  await expectTerminal(theirs, "ready");
  await expect(chip(theirs)).toHaveText("2 watching");
  held = [];
  await type(page, "mine\n");
  await expectTerminal(theirs, "<mine>");
  await type(theirs, "lost");
  await expect.poll(() => held.some((message) => message.includes('"dropped":true'))).toBe(true);
  await expect(card(theirs)).toBeHidden();
  theirs.release();
  await expect(card(theirs)).toContainText("has the keyboard.");
  await expect(card(theirs).getByRole("button", { name: "Ask to type" })).toBeVisible();
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("what a terminal answers, and a pointer that moves over it, are no typing", async ({ browser, page, server }) => {
  // Follows the pointer, and asks where the cursor is for each line that it reads.
  const script = String.raw`stty -echo; printf '\033[?1003h\033[?1006hready\r\n'; while read -r line; do printf '%s\033[6n\r\n' "<$line>"; done`;
  const spec = { program: "sh", args: ["-c", script], terminal: { cols: 80, rows: 24 } };
  const template = await server.call("save_template", { template: { name: `Pointer ${Math.random()}`, spec } });
  const id = (await server.call("start_template", { id: template.id, values: {} })).id;
  const sent = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload.toString())));
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  const { context, page: theirs } = await arrive(browser, server, "operator", `/admin/exec/${id}`);
  await expectTerminal(theirs, "ready");
  await expect(chip(page)).toHaveText("2 watching");
  await page.locator(".term").click();
  await page.keyboard.type("one\n");
  await expect.poll(() => sent.some((message) => message.includes('"type":"reply"') && /\[\d+;\d+R/.test(message))).toBe(true);
  await expect(chip(theirs)).toHaveText(/ has the keyboard$/);
  await theirs.locator(".term textarea").focus();
  const box = await theirs.locator(".term").boundingBox();
  for (let step = 0; step < 5; step++) await theirs.mouse.move(box.x + 40 + 30 * step, box.y + 40);
  await theirs.keyboard.press("Shift");
  await expect(card(theirs)).toBeHidden();
  await theirs.mouse.click(box.x + 60, box.y + 60);
  await expect(card(theirs).getByRole("button", { name: "Ask to type" })).toBeVisible();
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("all that the bar of the output offers can be reached in half a window", async ({ browser, page, server }) => {
  const id = await reader(server);
  const { context, page: theirs } = await arrive(browser, server, "operator", `/admin/exec/${id}`);
  await expectTerminal(theirs, "ready");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await type(theirs, "one\n");
  await expect(chip(page)).toHaveText(/ has the keyboard$/);
  for (const width of [1100, 1024, 960, 900, 870, 820, 640]) {
    await page.setViewportSize({ width, height: 800 });
    const outside = await page.locator(".output-bar").evaluate((bar) => {
      const { left, right } = bar.getBoundingClientRect();
      const shown = [...bar.querySelectorAll("button, label, summary")].filter((each) => each.checkVisibility());
      return shown.filter((each) => each.getBoundingClientRect().right > right + 1 || each.getBoundingClientRect().left < left - 1).map((each) => each.textContent);
    });
    expect(outside, `${width} px`).toEqual([]);
  }
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});
