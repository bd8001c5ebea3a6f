// The terminal: what it types by itself, what it leaves behind, how it is read with keyboard and mouse.
import { expect, expectTerminal, showPipes, terminalText, test } from "../support/test.js";

test.beforeEach(({ page }) => showPipes(page, "terminal"));

const terminal = { cols: 80, rows: 24 };
// A program that shows what it reads, escape codes included, after a script's beginning.
const showInput = (server, begin) =>
  server.call("create_process", { spec: { program: "sh", args: ["-c", `stty raw -echo; ${begin}; exec cat -vT`], terminal } });
const open = async (page, id) => {
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
};
const session = (page, method) => page.evaluate((method) => document.querySelector(".term").session[method](), method);
const modesOf = (page) =>
  page.evaluate(() => {
    const { terminal } = document.querySelector(".term").session;
    return { ...terminal.modes, alternate: terminal.buffer.active.type === "alternate" };
  });
const ended = async (page) => expect(page.locator(".term")).toHaveAttribute("data-link", "ended");

test("opening and leaving pages types nothing, whatever the program has switched on", async ({ page, context, server }) => {
  const { id } = await showInput(server, String.raw`printf '\033[?1004h\033[?1003h\033[?1006hready\r\n\033[c\033[6n\033[?u\033]11;?\007\033]4;1;?\007\033P$qm\033\\'`);
  await open(page, id);
  const second = await context.newPage();
  await open(second, id);
  for (const tab of [page, second]) {
    await tab.bringToFront();
    await tab.mouse.move(300, 400);
    await tab.mouse.move(400, 450);
    await tab.locator(".term textarea").focus();
    await tab.locator(".term textarea").blur();
  }
  await server.call("write_input", { id, text: "probe" });
  await expectTerminal(page, "probe");
  expect(await terminalText(page)).toBe("ready\nprobe");
});

test("a query is answered once: by the tab in which somebody typed last", async ({ page, context, server }) => {
  const ask = String.raw`printf 'ready\r\n'; while :; do key=$(dd bs=1 count=1 2>/dev/null); [ "$key" = q ] && break; printf 'asked\r\n\033[c'; done; printf 'over\r\n'`;
  const { id } = await showInput(server, ask);
  await open(page, id);
  const second = await context.newPage();
  await open(second, id);
  // Nobody has typed: nobody answers. An answer would be read as keys that each ask again.
  await server.call("write_input", { id, text: "x" });
  await expectTerminal(page, "asked");
  await expectTerminal(second, "asked");
  await page.locator(".term").click();
  await second.locator(".term").click();
  await second.keyboard.type("q");
  await expectTerminal(page, "over");
  await page.keyboard.type("a");
  await expect.poll(() => terminalText(page)).toBe("ready\nasked\nover\na");
  await server.call("kill_process", { id, signal: "KILL" });

  const once = String.raw`printf 'ready\r\n'; dd bs=1 count=1 2>/dev/null; printf '\r\n\033[c\033[5n'`;
  const other = await showInput(server, once);
  await open(page, other.id);
  await open(second, other.id);
  await second.locator(".term").click();
  await page.locator(".term").click();
  await page.keyboard.type("x");
  await expectTerminal(page, "^[[0n");
  await server.call("write_input", { id: other.id, text: "probe" });
  await expectTerminal(page, "probe");
  expect(await terminalText(page)).toBe("ready\nx\n^[[?1;2c^[[0nprobe");
});

test("the mouse is reported where somebody clicks into the terminal", async ({ page, server }) => {
  const { id } = await showInput(server, String.raw`printf 'ready\r\n\033[?1000h\033[?1006h'`);
  await open(page, id);
  await page.mouse.move(300, 400);
  await page.mouse.wheel(0, 100);
  await page.mouse.click(300, 400);
  await expect.poll(() => terminalText(page)).toMatch(/^ready\n\^\[\[<0;\d+;\d+M\^\[\[<0;\d+;\d+m$/);
});

test("a killed full-screen program leaves no modes on, and what it showed stays", async ({ page, server }) => {
  const modes = String.raw`printf 'before\r\n\033[?1049h\033[H\033[?1000h\033[?1006h\033[?2004h\033[?1h\033[?1004h\033[?25l\033[31mred screen\033[m\r\n\r\nready'`;
  const { id } = await showInput(server, modes);
  await open(page, id);
  expect(await modesOf(page)).toMatchObject({ alternate: true, mouseTrackingMode: "vt200", bracketedPasteMode: true, applicationCursorKeysMode: true });
  await server.call("kill_process", { id, signal: "KILL" });
  const reset = { alternate: false, mouseTrackingMode: "none", bracketedPasteMode: false, applicationCursorKeysMode: false, sendFocusMode: false };
  for (const again of [false, true]) {
    if (again) await page.reload();
    await ended(page);
    await expect.poll(() => terminalText(page)).toBe("before\nred screen\n\nready");
    expect(await modesOf(page)).toMatchObject(reset);
  }
});

test("a large output loads from its start, stays there, says where it is cut, and goes back to its end", async ({ page, server }) => {
  const { id } = await server.sh("seq 100000");
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "\n100000");
  await page.getByRole("button", { name: "Load from the start" }).click();
  await expect(page.getByText("Showing the first 10000 lines")).toBeVisible();
  await expect.poll(async () => (await terminalText(page)).split("\n")).toEqual(Array.from({ length: 10_000 }, (_, at) => `${at + 1}`));
  await expect.poll(() => session(page, "topLine")).toBe("1");
  await page.locator(".term textarea").focus();
  await page.keyboard.press("PageDown");
  await expect.poll(() => session(page, "topLine")).not.toBe("1");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download everything" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.log$/);
  await page.getByRole("button", { name: "Back to the end" }).click();
  await expectTerminal(page, "\n100000");
});

test("the beginning of a flood is bounded, and the page still hears of the end", async ({ page, server }) => {
  // Less than is kept of an output: otherwise what is shown first is the gap at its start.
  const { id } = await server.sh("yes 'a line of the flood' | head -c 50000000; sleep 95044");
  await expect.poll(async () => (await server.call("get_process", { id })).output.end).toBeGreaterThan(4 << 20);
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  await page.getByRole("button", { name: "Load from the start" }).click();
  await expect(page.getByText("Showing the first 10000 lines")).toBeVisible();
  await expect.poll(() => session(page, "topLine")).toBe("a line of the flood");
  await expect(page.getByRole("button", { name: "Back to live output" })).toBeVisible();
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".strip .state")).toContainText("killed by KILL");
});

test("ended output is scrolled with the keyboard, and Tab leaves it", async ({ page, server }) => {
  const { id } = await server.sh("seq 500");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "\n500");
  await ended(page);
  await page.locator(".term textarea").focus();
  const bottom = Number(await session(page, "topLine"));
  const top = async (expected) => expect.poll(async () => Number(await session(page, "topLine"))).toBe(expected);
  await page.keyboard.press("ArrowUp");
  await top(bottom - 1);
  await expect(page.getByLabel("Follow")).not.toBeChecked();
  await page.keyboard.press("Home");
  await top(1);
  await page.keyboard.press("ArrowDown");
  await top(2);
  await page.keyboard.press("End");
  await top(bottom);
  await expect(page.getByLabel("Follow")).toBeChecked();
  await page.keyboard.press("PageUp");
  await expect.poll(async () => Number(await session(page, "topLine"))).toBeLessThan(bottom - 5);
  await page.keyboard.press("Tab");
  await expect(page.locator(".term textarea")).not.toBeFocused();
});

test("Ctrl+M lets Tab leave a live terminal, and says so", async ({ page, server }) => {
  const { id } = await showInput(server, "printf 'ready\\r\\n'");
  await open(page, id);
  const field = page.getByLabel(/^Terminal\. Ctrl\+M/);
  await page.locator(".term").click();
  await expect(page.getByText("Ctrl+M: Tab moves focus")).toBeVisible();
  await page.keyboard.press("Tab");
  await expectTerminal(page, "^I");
  await expect(field).toBeFocused();
  await page.keyboard.press("Control+m");
  await expect(page.getByText("Tab moves focus. Ctrl+M: send Tab to the program")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(field).not.toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(field).toBeFocused();
  await page.keyboard.press("Control+m");
  await page.keyboard.press("Tab");
  await expectTerminal(page, "^I^I");
  expect(await terminalText(page)).toBe("ready\n^I^I");
});

test("screen readers get the output as text, and the choice is kept", async ({ page, server }) => {
  const { id } = await server.sh("echo something to hear");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "something");
  await expect(page.locator(".xterm-accessibility")).toHaveCount(0);
  await page.getByLabel("Screen reader").check();
  await expect(page.locator(".xterm-accessibility-tree")).toContainText("something to hear");
  await page.reload();
  await expect(page.getByLabel("Screen reader")).toBeChecked();
  await expect(page.locator(".xterm-accessibility-tree")).toContainText("something to hear");
});

test("a link of the output shows where it leads, and only harmless ones are followed", async ({ page, server }) => {
  const link = (address, text) => String.raw`\033]8;;${address}\033\\${text}\033]8;;\033\\ `;
  const links = [["https://example.org/a", "WEBLINK"], ["mailto:ada@example.org", "MAILLINK"], ["javascript:alert(1)", "BADLINK"]];
  const { id } = await server.sh(`printf '${links.map(([address, text]) => `${link(address, text)}\\n`).join("")}'`);
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "BADLINK");
  await ended(page);
  await page.evaluate(() => {
    window.followed = [];
    HTMLAnchorElement.prototype.click = function () {
      window.followed.push([this.href, this.target, this.rel]);
    };
  });
  const box = await page.locator(".term .xterm-screen").boundingBox();
  const height = box.height / (await page.evaluate(() => document.querySelector(".term").session.terminal.rows));
  for (const [row, shown] of [[0, "https://example.org/a"], [1, "mailto:ada@example.org"], [2, "Blocked link: javascript:alert(1)"]]) {
    await expect(async () => {
      await page.mouse.move(box.x + 200, box.y + box.height - 20);
      await page.mouse.move(box.x + 20, box.y + height * (row + 0.5));
      await expect(page.locator(".term-link")).toHaveText(shown, { timeout: 500 });
    }).toPass();
    await page.mouse.down();
    await page.mouse.up();
  }
  expect(await page.evaluate(() => window.followed)).toEqual([
    ["https://example.org/a", "_blank", "noopener noreferrer"],
    ["mailto:ada@example.org", "", "noopener noreferrer"],
  ]);
});

test("the colour of standard error cuts no character and no escape code of standard output", async ({ page, server }) => {
  const script = String.raw`printf 'gr\303'; sleep 0.3; printf '[E1]' >&2; sleep 0.3; printf '\266sse \033[3'; sleep 0.3; printf '[E2]' >&2; sleep 0.3; printf '2mgreen\033[m \033]0;ti'; sleep 0.3; printf '[E3]' >&2; sleep 0.3; printf 'tle\007end\n'`;
  const { id } = await server.sh(script);
  await page.goto(`/admin/exec/${id}`);
  await ended(page);
  await expect.poll(() => terminalText(page)).toBe("gr[E1]össe [E2]green [E3]end");
});

test("a page that is left before its terminal was loaded leaves none behind", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95011");
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/\/terminal[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  const requested = page.waitForRequest(/\/terminal[^/]*\.js$/);
  await page.goto(`/admin/exec/${id}`);
  await requested;
  const element = await page.locator(".term").elementHandle();
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await expect(page).toHaveURL(/\/admin\/exec$/);
  // The widget comes and goes again; both are seen.
  await element.evaluate((element) => {
    window.changes = [];
    new MutationObserver(() => window.changes.push(element.childElementCount)).observe(element, { childList: true });
  });
  release();
  await expect.poll(() => page.evaluate(() => window.changes.at(-1))).toBe(0);
  expect(await element.evaluate((element) => element.session === undefined)).toBe(true);
});

test("a terminal that is left as its output ends is not used any more", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95062");
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  // xterm.js warns in the console, which fails a test.
  await page.locator(".term").evaluate(async (element) => {
    const { session } = element;
    session.end();
    session.dispose();
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
});

test("a click while the terminal is loading focuses it once it is there", async ({ page, server }) => {
  const { id } = await showInput(server, String.raw`printf 'ready\r\n'`);
  let load;
  const clicked = new Promise((resolve) => (load = resolve));
  await page.route("**/terminal.js", async (route) => {
    await clicked;
    await route.continue();
  });
  await page.goto(`/admin/exec/${id}`);
  await page.locator("html[data-ready]").waitFor();
  await page.locator(".term").click();
  load();
  await expectTerminal(page, "ready");
  await page.keyboard.type("probe");
  await expectTerminal(page, "probe");
});

test("emoji are as wide as programs take them to be, from the first one on", async ({ page, server }) => {
  const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-c", "printf 'a\u2705b\\n\\360\\237\\230\\200|\u6f22|\u2502\\nready\\n'; sleep 95071"], terminal } });
  await open(page, id);
  const widths = await page.evaluate(() => {
    const { buffer } = document.querySelector(".term").session.terminal;
    const row = (y) => Array.from({ length: 6 }, (_, x) => buffer.active.getLine(y).getCell(x)).map((cell) => [cell.getChars(), cell.getWidth()]);
    return [row(0).slice(0, 4), row(1)];
  });
  expect(widths[0]).toEqual([["a", 1], ["\u2705", 2], ["", 0], ["b", 1]]);
  expect(widths[1]).toEqual([["\u{1f600}", 2], ["", 0], ["|", 1], ["\u6f22", 2], ["", 0], ["|", 1]]);
});

test("a paste of a megabyte of multibyte text arrives whole", async ({ page, server }) => {
  const piece = "größe€😀 ";
  const count = Math.ceil((1 << 20) / Buffer.byteLength(piece)) + 1;
  const bytes = Buffer.byteLength(piece) * count;
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(piece.repeat(count)).digest("hex");
  const { id } = await server.call("create_process", {
    spec: { program: "sh", args: ["-c", `stty raw -echo; printf 'ready\\r\\n'; head -c ${bytes} | sha256sum`], terminal },
  });
  await open(page, id);
  await page.locator(".term").click();
  await page.locator(".term textarea").evaluate((textarea, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    textarea.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, piece.repeat(count));
  await expectTerminal(page, hash);
});

// How long the process takes to end after Ctrl-C, in milliseconds, by the clock that both share.
async function endByKey(page, server, id) {
  const pressed = Date.now();
  await page.keyboard.press("Control+c");
  await expect(page.locator(".strip .state")).toContainText("killed by INT");
  return new Date((await server.call("get_process", { id })).ended_at) - pressed;
}

test("what is typed gets through while output floods, and Ctrl-C ends the flood within half a second", async ({ page, server }) => {
  test.slow();
  const open = async (script) => {
    const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-c", `stty -echo; echo ready; ${script}`], terminal } });
    await page.goto(`/admin/exec/${id}`);
    return id;
  };
  // What this machine needs without a flood: on a busy one that may be more than half a second already.
  const quiet = await open("exec sleep 95071");
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  const floor = await endByKey(page, server, quiet);
  const times = [];
  for (let round = 0; round < 3 && Math.min(...times, Infinity) >= 500; round++) {
    const id = await open("seq 1000000000 & read line; kill $!; echo got:$line:; exec yes");
    await expectTerminal(page, "00");
    await page.locator(".term").click();
    await page.keyboard.type("hello\n");
    await expect.poll(() => page.evaluate(() => document.querySelector(".term").session.topLine()), { timeout: 60_000 }).toBe("y");
    times.push(await endByKey(page, server, id));
  }
  expect(Math.min(...times), `${floor} ms without a flood`).toBeLessThan(500 + 3 * floor);
});

test("the scroll bar shows when somebody scrolls, not with each line", async ({ page, server }) => {
  const { id } = await server.sh("seq 500; sleep 95077", { terminal });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "500");
  const bar = page.locator(".term .scrollbar.vertical");
  await expect(bar).not.toHaveClass(/(^| )visible/);
  await page.locator(".term textarea").focus();
  await page.keyboard.press("Shift+PageUp");
  await expect(bar).toHaveClass(/(^| )visible/);
});
