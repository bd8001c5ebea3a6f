import { expect, expectTerminal, showPipes, terminalText, test, unreachable } from "../support/test.js";
import { Proxy } from "../support/proxy.js";
import { Server } from "../support/server.js";

const views = ["log", "terminal"];
const field = (page) => page.getByLabel("Command", { exact: true });

test("a program is started, watched live, stopped and found in the history", async ({ page, server }) => {
  await page.goto("/admin/exec");
  await page.getByRole("link", { name: "New process" }).first().click();
  await field(page).fill(`sh -c 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done'`);
  await expect(page.locator(".words code")).toHaveText(["sh", "-c", /^i=0; while/]);
  await page.getByLabel("Name", { exact: true }).fill("ticker");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("heading", { name: "ticker" })).toBeVisible();
  await expectTerminal(page, "tick 3\n");
  const before = await page.locator(".duration").textContent();
  await expect(page.locator(".duration")).not.toHaveText(before);
  await expect(page.locator(".link")).toContainText("Live");
  await page.getByRole("button", { name: "Stop ticker" }).first().click();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.getByRole("link", { name: "Back to all processes" }).click();
  const row = page.locator(".row", { hasText: "ticker" });
  await expect(row).toContainText("killed by TERM");
  await expect(row).toContainText("ada");
  const { processes } = await server.call("list_processes", { filter: { name: "ticker" } });
  expect(processes[0].exit).toEqual({ signal: "TERM" });
});

for (const view of views) test(`a second tab joins and a reload in the middle loses and repeats nothing: ${view}`, async ({ page, context, server }) => {
  await showPipes(context, view);
  const { id } = await server.sh("i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i; sleep 0.01; done");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 30\n");
  const second = await context.newPage();
  await second.goto(`/admin/exec/${id}`);
  await page.reload();
  const expected = Array.from({ length: 400 }, (_, at) => `line ${at + 1}`).join("\n");
  for (const tab of [page, second]) {
    await expect(tab.locator(".strip .state")).toContainText("exit 0", { timeout: 30_000 });
    await expect.poll(() => terminalText(tab)).toBe(expected);
  }
});

for (const view of views) test(`a lost connection is shown and made again without a seam: ${view}`, async ({ page, server }) => {
  await showPipes(page, view);
  const { id } = await server.sh("i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo line $i; sleep 0.02; done");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 10\n");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  // A page in the back/forward cache does not connect; longer than the first pause before a new connection.
  await expect(page.locator(".link")).toContainText("Reconnecting");
  await page.waitForTimeout(1_000);
  await expect(page.locator(".link")).toContainText("Reconnecting");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await expect(page.locator(".strip .state")).toContainText("exit 0", { timeout: 30_000 });
  await expect.poll(() => terminalText(page)).toBe(Array.from({ length: 300 }, (_, at) => `line ${at + 1}`).join("\n"));
});

test("the terminal takes typing, has the page's size and shows colours", async ({ page, server }) => {
  const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-i"], env: { PS1: "$ " }, terminal: { cols: 80, rows: 24 } } });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "$");
  await page.locator(".term").click();
  await page.keyboard.type("echo $((6*7)) größe; stty size\n");
  await expectTerminal(page, "42 größe");
  const columns = () => page.evaluate(() => {
    const match = /\n\d+ (\d+)\n/.exec(document.querySelector(".term").session.text() + "\n");
    return match ? +match[1] : 0;
  });
  // `stty` answers after `echo`.
  await expect.poll(columns).toBeGreaterThan(90);
  await page.keyboard.type("exit 5\n");
  await expect(page.locator(".strip .state")).toContainText("exit 5");
});

for (const view of views) test(`lines can be typed into pipes, and their end told: ${view}`, async ({ page, server }) => {
  await showPipes(page, view);
  const { id } = await server.sh("echo warn >&2; while read x; do echo got $x; done; echo over", { stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "warn");
  await page.getByLabel("Input for the process").fill("one");
  await page.getByLabel("Input for the process").press("Enter");
  await expectTerminal(page, "got one");
  const field = page.getByLabel("Input for the process");
  await field.evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "two\nthree");
    field.focus();
    if (field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }))) document.execCommand("insertText", false, "two\nthree");
  });
  await expect(field).toHaveValue("two\nthree");
  await field.press("Shift+Enter");
  await field.pressSequentially("four");
  await field.press("Enter");
  await expectTerminal(page, "got two\ngot three\ngot four");
  await expect(field).toHaveValue("");
  await page.getByRole("button", { name: "Close input (EOF)" }).click();
  await expectTerminal(page, "over");
});

test("a replay asks the terminal nothing, not even in the tab in which somebody types", async ({ page, server, tolerate }) => {
  const proxy = await Proxy.start(server.url);
  tolerate(unreachable(proxy.url));
  const ask = "ask() { printf \"$1\\033[c\\033[6n\\033]11;?\\007$2\\n\"; }";
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", `${ask}; echo ready; read x; ask first asked; read x; ask second asked; cat`], terminal: { cols: 80, rows: 24 } },
  });
  // What the terminal answers is echoed, as if it had been typed.
  const output = async () => (await fetch(`${server.url}/api/processes/${id}/output`, { headers: server.headers })).text();
  await page.goto(`${proxy.url}/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  await page.keyboard.type("go\n");
  await expect.poll(output, "this tab answers what is asked now").toMatch(/\^\[\[\?[\d;]+c.*\^\[\[\d+;\d+R.*\^\[\]11;rgb:/s);

  proxy.down = true;
  proxy.cut();
  await expect(page.locator(".link")).toContainText("Reconnecting");
  await server.call("write_input", { id, text: "go\n" });
  await expect.poll(output).toMatch(/second.*asked\r\n/s);
  proxy.down = false;
  await expect(page.locator(".link")).toContainText("Live");
  await expectTerminal(page, "secondasked");
  await page.keyboard.type("end\n");
  await expect.poll(output).toMatch(/\r\nend\r\nend\r\n$/);
  expect((await output()).split("second")[1]).not.toContain("^[");
  await proxy.stop();
});

test("great output opens at its tail, can be loaded from the start and can be saved", async ({ page, server }) => {
  const { id } = await server.sh("seq -f '%0100.0f' 5000");
  await showPipes(page, "terminal");
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
  await page.goto(`/admin/exec/${id}`);
  const line = (number) => `${number}`.padStart(100, "0");
  await expectTerminal(page, `\n${line(5000)}`);
  expect((await terminalText(page)).startsWith(line(1))).toBe(false);
  await page.getByRole("button", { name: "Load from the start" }).click();
  const all = Array.from({ length: 5000 }, (_, at) => line(at + 1)).join("\n");
  await expect.poll(async () => (await terminalText(page)) === all, { timeout: 30_000 }).toBe(true);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the output" }).click();
  expect((await download).suggestedFilename()).toMatch(/^sh-.*\.log$/);
});

test("the follow switch holds what is seen while output goes on, and goes back to its end", async ({ page, server }) => {
  await showPipes(page, "terminal");
  const { id } = await server.sh("i=0; while :; do i=$((i+1)); echo line $i; sleep 0.02; done");
  const top = () => page.evaluate(() => document.querySelector(".term").session.topLine());
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "line 80\n");
  await page.getByLabel("Follow").uncheck();
  const held = await top();
  const end = await terminalText(page);
  await expectTerminal(page, `line ${Number(end.split(" ").pop()) + 60}\n`);
  expect(await top()).toBe(held);
  await expect(page.getByLabel("Follow")).not.toBeChecked();
  await page.getByLabel("Follow").check();
  await expect.poll(top).not.toBe(held);
  await page.mouse.move(400, 500);
  await page.mouse.wheel(0, -400);
  await expect(page.getByLabel("Follow")).not.toBeChecked();
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(async () => {
    await page.mouse.wheel(0, 400);
    await expect(page.getByLabel("Follow")).toBeChecked({ timeout: 200 });
  }).toPass();
});

test("another signal is a choice, and KILL takes what ignores TERM", async ({ page, server }) => {
  const { id } = await server.sh("trap '' TERM; trap 'echo hup' HUP; echo up; while :; do sleep 0.1; done");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "up");
  await page.getByLabel("Choose a signal").click();
  await page.getByRole("button", { name: /Send HUP/ }).click();
  await expectTerminal(page, "hup");
  await page.getByLabel("Choose a signal").click();
  await page.getByRole("button", { name: /Kill the whole tree/ }).click();
  await expect(page.locator(".strip .state")).toContainText("killed by KILL");
});

test("a button that cannot do its work says why and can be used again", async ({ page, server, tolerate }) => {
  // Lines may still be on their way when it is removed.
  tolerate(/404 .*\/(api\/(remove|restart)_process|lines)/);
  const { id } = await server.sh("echo gone", { name: "gone" });
  // Otherwise the page would know, and hide the buttons.
  await page.route("**/api/events", () => {});
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "gone");
  await server.call("remove_process", { id });
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Remove gone" }).click();
  await expect(page.getByText(/There is no process/)).toBeVisible();
  await page.getByRole("button", { name: "Run again gone" }).click();
  await expect(page.getByText(/There is no process/)).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
});

test("a stop that does not reach the server says so, and works once it is back", async ({ page, tolerate }) => {
  let own = await Server.start();
  tolerate(unreachable(own.url));
  const { id } = await own.sh("sleep 95005", { name: "cut off" });
  await page.goto(`${own.url}/admin/exec/${id}`);
  await expect(page.locator(".link")).toContainText("Live");
  await own.kill();
  await page.getByRole("button", { name: "Stop cut off" }).first().click();
  await expect(page.getByText("The server cannot be reached")).toBeVisible();
  own = await Server.start({ folder: own.folder, address: own.url.replace("http://", "") });
  await expect(page.locator(".link")).toContainText("Live", { timeout: 30_000 });
  await page.getByRole("button", { name: "Stop cut off" }).first().click();
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await expect(page.getByText("The server cannot be reached")).toBeHidden();
  await own.stop();
});

test("run again and other ways from one process to another lead to a page that works", async ({ page, server, tolerate }) => {
  // A page that is left at once may not have connected yet.
  tolerate(/WebSocket is closed before the connection is established/);
  const { id } = await server.sh("echo first; exit 3", { name: "again and again" });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "first");
  for (let last = id; ; last = new URL(page.url()).pathname.split("/").pop()) {
    await page.getByRole("button", { name: "Run again again and again" }).click();
    await expect(page).not.toHaveURL(new RegExp(`${last}$`));
    await expect(page.locator(".strip .state")).toContainText("exit 3");
    await expect(page).toHaveTitle(/again and again: exit 3/);
    await expectTerminal(page, "first");
    if (last !== id) break;
  }
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`${id}$`));
  await expectTerminal(page, "first");
  await page.getByLabel("Execdeck, all processes").click();
  await expect(page.getByRole("list", { name: "Processes" })).toContainText("again and again");
});

test("what a full disk takes little by little is one note", async ({ page, server }) => {
  let stream;
  await page.routeWebSocket("**/stream?*", (socket) => {
    stream = socket;
    socket.connectToServer();
  });
  const { id } = await server.sh("echo before; sleep 97003", { name: "gaps" });
  await showPipes(page, "terminal");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "before");
  // As the server sends them: a byte for the kind, from where to where, and why.
  const gap = (from, to) => {
    const frame = Buffer.alloc(18);
    frame[0] = 4;
    frame.writeBigUInt64LE(BigInt(from), 1);
    frame.writeBigUInt64LE(BigInt(to), 9);
    frame[17] = 2;
    stream.send(frame);
  };
  for (let from = 7; from < 107; from += 10) gap(from, from + 10);
  await expectTerminal(page, "— 100 B not saved: the disk was full or failed —");
  expect((await terminalText(page)).match(/not saved/g)).toHaveLength(1);
  await server.call("kill_process", { id, signal: "KILL" });
});
