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
  await expect(chip(theirs)).toHaveText(/ is typing$/);
  await expect(card(theirs)).toBeHidden();
  await type(theirs, "lost\n");
  await card(theirs).getByRole("button", { name: "Ask to type" }).click();
  await expect(card(theirs)).toContainText("You have asked to type.");
  await expect(card(page)).toContainText(`${name} asks to type.`);
  await page.getByRole("button", { name: `Let ${name} type` }).click();
  await expect(chip(page)).toHaveText(`${name} is typing`);
  for (const each of [page, theirs]) await expect(card(each)).toBeHidden();
  await theirs.keyboard.type("theirs\n");
  await expectTerminal(page, "<theirs>");
  // An administrator need not ask.
  await chip(page).click();
  await page.getByRole("button", { name: "Take over" }).click();
  await expect(chip(theirs)).toHaveText(/ is typing$/);
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
  await expect(rows.filter({ hasText: "typing" })).toHaveText(/^(?!.*this window)/);
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
  await expect(chip(theirs)).toHaveText(/ is typing$/);
  await chip(theirs).click();
  await expect(theirs.locator(".presence button")).toHaveCount(0);
  await context.close();
  await server.call("kill_process", { id, signal: "KILL" });
});
