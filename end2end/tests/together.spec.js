// Several outputs at once: side by side, and merged by time.
import AxeBuilder from "@axe-core/playwright";
import { Server } from "../support/server.js";
import { expect, test, unreachable } from "../support/test.js";
import { address, echo, pane, print, scroller, take, texts } from "../support/together.js";
import { arrive } from "../support/visitor.js";

test("two processes are seen live side by side, and one that is removed says so", async ({ page, server, tolerate }) => {
  const [left, right] = [await echo(server, "left"), await echo(server, "right")];
  await page.goto(address([left, right]));
  for (const [process, name] of [[left, "left"], [right, "right"]]) {
    await expect(pane(page, process).getByRole("link", { name, exact: true })).toHaveAttribute("href", `/admin/exec/${process.id}`);
    await expect(pane(page, process).locator(".state")).toHaveText("running");
  }
  for (const number of [1, 2]) {
    await print(server, left, `of the left ${number}`);
    await print(server, right, `of the right ${number}`);
    await expect(pane(page, left).getByRole("log")).toContainText(`of the left ${number}`);
    await expect(pane(page, right).getByRole("log")).toContainText(`of the right ${number}`);
  }
  await expect(pane(page, left).getByRole("log")).not.toContainText("of the right");
  await server.call("kill_process", { id: right.id, signal: "KILL" });
  await expect(pane(page, right).locator(".state")).toHaveText("killed by KILL");
  await expect(pane(page, right).getByRole("log")).toContainText("of the right 2");
  // Its lines may be asked for once more before the page hears of it.
  tolerate(/^404 for .*\/lines|status of 404/);
  await server.call("remove_process", { id: right.id });
  await expect(pane(page, right).locator(".together-problem")).toHaveText("This process has been removed.");
  await expect(pane(page, right).locator(".state")).toHaveCount(0);
  await print(server, left, "still here");
  await expect(pane(page, left).getByRole("log")).toContainText("still here");
  // The tab still knows its name.
  await page.getByRole("link", { name: "Merged" }).click();
  await expect(scroller(page)).toContainText("still here");
  // Also once the page has been asked how the processes are.
  await server.call("kill_process", { id: left.id, signal: "KILL" });
  await expect(pane(page, left).locator(".state")).toHaveText("killed by KILL");
  await expect(pane(page, right).getByRole("heading", { name: "right", exact: true })).toBeVisible();
  await expect(pane(page, right).locator(".together-problem")).toHaveText("This process has been removed.");
});

test("lines of all processes are merged by time while they print, each with its name", async ({ page, server }) => {
  // Each prints in its turn: the order by time is known.
  const [one, two] = [await echo(server, "one"), await echo(server, "two")];
  const printed = [];
  const takeNext = async (number) => {
    const process = number % 3 === 0 ? two : one;
    printed.push(`${process.name} ${number}`);
    await take(server, process, printed.at(-1));
  };
  for (let number = 0; number < 10; number++) await takeNext(number);
  await page.goto(address([one, two], "merged"));
  await expect.poll(() => texts(page)).toEqual(printed);
  for (let number = 10; number < 30; number++) await takeNext(number);
  await expect.poll(() => texts(page)).toEqual(printed);
  const tags = await page.locator(".log-item").evaluateAll((items) => items.map((item) => item.querySelector(".together-tag").textContent));
  expect(tags).toEqual(printed.map((text) => text.split(" ")[0]));
  const colour = (name) => page.locator(".together-tag", { hasText: name }).first().evaluate((tag) => getComputedStyle(tag).color);
  expect(await colour("one")).not.toBe(await colour("two"));
  await expect(page.locator(".log-time").first()).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}$/);
  // The name leads to the line on the page of its process.
  const tag = page.locator(".log-item", { hasText: "two 27" }).locator(".together-tag");
  await expect(tag).toHaveAttribute("href", `/admin/exec/${two.id}#L10`);
});

test("processes that print at the same time stay in order, and a prompt is completed in its place", async ({ page, server }) => {
  const script = (letter) => `for i in $(seq 400); do echo ${letter} $i; sleep 0.005; done; printf 'done?'; read x; echo yes; read x`;
  const processes = [];
  for (const letter of ["a", "b", "c"]) processes.push(await server.sh(script(letter), { name: letter, stdin: true }));
  await page.goto(address(processes, "merged"));
  await expect.poll(async () => (await texts(page)).filter((text) => text === "done?").length, { timeout: 20_000 }).toBe(3);
  for (const { id } of processes) await server.call("write_input", { id, text: "x\n" });
  await expect.poll(async () => (await texts(page)).filter((text) => text === "done?yes").length).toBe(3);
  // Everything, from the first line to the last: scrolled up to, and followed down again.
  const seen = new Map();
  const keep = async () => {
    const rows = await page.locator(".log-item").evaluateAll((items) =>
      items.map((item) => [Number(item.dataset.line), item.querySelector(".log-time").dateTime, item.querySelector(".together-tag").textContent, item.querySelector(".log-text").textContent]),
    );
    for (const [number, ...rest] of rows) seen.set(number, rest);
  };
  await scroller(page).focus();
  await expect
    .poll(async () => {
      await page.keyboard.press("PageUp");
      await keep();
      return seen.size;
    }, { timeout: 20_000, intervals: [20] })
    .toBe(3 * 401);
  const rows = [...seen].sort(([number], [other]) => number - other).map(([, row]) => row);
  const times = rows.map(([time]) => time);
  expect(times).toEqual([...times].sort());
  for (const { name } of processes) {
    const own = rows.filter(([, tag]) => tag === name).map(([, , text]) => text);
    expect(own).toEqual([...Array.from({ length: 400 }, (_, index) => `${name} ${index + 1}`), "done?yes"]);
  }
  await page.keyboard.press("End");
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "true");
});

test("once a process has ended it is not asked for lines any more, however much the others print", async ({ page, server }) => {
  const [over, on] = [await server.sh("seq 300", { name: "over" }), await echo(server, "on")];
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes(`/${over.id}/lines`) ? 1 : 0));
  for (const view of ["side", "merged"]) {
    await page.goto(address([over, on], view));
    await expect(page.locator(".log-text", { hasText: /^300$/ })).toBeVisible();
    const show = async (text) => {
      await print(server, on, text);
      await expect(page.locator(".log-text", { hasText: new RegExp(`^${text}$`) })).toBeVisible();
    };
    for (const number of [1, 2, 3]) await show(`${view} at first ${number}`);
    asked = 0;
    for (const number of [1, 2, 3, 4, 5, 6]) await show(`${view} later ${number}`);
    expect(asked, view).toBe(0);
  }
  // Nor if the end is not followed.
  await scroller(page).focus();
  await page.keyboard.press("PageUp");
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "false");
  const round = () => page.waitForResponse((response) => response.url().includes(`/${on.id}/lines?from=-1`));
  for (const count of [3, 4]) {
    asked = 0;
    for (let turn = 0; turn < count; turn++) await Promise.all([round(), print(server, on, "more")]);
  }
  expect(asked).toBe(0);
  await page.keyboard.press("End");
  await expect(page.locator(".log-text", { hasText: /^more$/ }).last()).toBeVisible();
});

test("Home leads to the first lines of all and End back to the last ones, however many lie between", async ({ page, server }) => {
  const [one, two] = [await echo(server, "one"), await echo(server, "two")];
  await take(server, one, "one begins");
  await take(server, two, "two begins");
  await take(server, one, Array.from({ length: 8000 }, (_, index) => `number ${index + 1}`).join("\n"));
  await take(server, two, "two goes on");
  await page.goto(address([one, two], "merged"));
  await expect(page.locator(".log-text", { hasText: "two goes on" })).toBeVisible();
  await scroller(page).focus();
  for (let turn = 0; turn < 2; turn++) {
    await page.keyboard.press("Home");
    await expect(page.locator(".log-text", { hasText: /^one begins$/ })).toBeInViewport();
    expect((await texts(page)).slice(0, 4)).toEqual(["one begins", "two begins", "number 1", "number 2"]);
    await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "false");
    // From there on down.
    for (let line = 40; line < 1500; line += 40) {
      await expect(async () => {
        await page.keyboard.press("PageDown");
        await expect(page.locator(".log-text", { hasText: new RegExp(`^number ${line}$`) })).toBeInViewport({ timeout: 50 });
      }).toPass({ intervals: [10] });
    }
    await page.keyboard.press("End");
    await expect(page.locator(".log-text", { hasText: "two goes on" })).toBeInViewport();
    await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "true");
  }
  await print(server, two, "news");
  await expect(page.locator(".log-text", { hasText: /^news$/ })).toBeInViewport();
});

test("what floods is followed at its end, with a bounded number of rows", async ({ page, server }) => {
  const flood = await server.sh("seq 300000; read x; echo over", { name: "flood", stdin: true });
  const calm = await echo(server, "calm");
  await page.goto(address([flood, calm], "merged"));
  await expect(page.locator(".log-text", { hasText: /^300000$/ })).toBeAttached({ timeout: 20_000 });
  await print(server, calm, "calm as ever");
  await expect(page.locator(".log-text", { hasText: "calm as ever" })).toBeVisible();
  await server.call("write_input", { id: flood.id, text: "x\n" });
  await expect(page.locator(".log-text", { hasText: /^over$/ })).toBeVisible();
  for (let press = 0; press < 60; press++) await page.keyboard.press("PageUp");
  await expect(page.locator(".together-follow")).toHaveAttribute("aria-pressed", "false");
  expect(await page.locator(".log-item").count()).toBeLessThan(2000);
  await page.locator(".together-follow").click();
  await expect(page.locator(".log-text", { hasText: /^over$/ })).toBeVisible();
});

test("who has scrolled up stays there while lines come, and gaps are shown where bytes are missing", async ({ page, server }) => {
  const big = await server.sh("for i in $(seq 200); do head -c 60000 /dev/zero | tr '\\0' x; echo; done; echo the end", { name: "big", limits: { output_bytes: 1 << 20 } });
  const quiet = await echo(server, "quiet");
  await expect.poll(async () => (await server.call("get_process", { id: big.id })).state).toBe("exited");
  await expect.poll(async () => (await server.call("get_process", { id: big.id })).output.start).toBeGreaterThan(0);
  await page.goto(address([big, quiet], "merged"));
  await expect(page.locator(".log-text", { hasText: "the end" })).toBeVisible();
  await scroller(page).focus();
  await expect(async () => {
    await page.keyboard.press("Home");
    await expect(page.locator(".log-gap")).toHaveText(/^big: — [\d.]+ MB no longer stored —$/, { timeout: 500 });
  }).toPass();
  await expect(page.locator(".log-gap")).toBeInViewport();
  await print(server, quiet, "news");
  await expect(page.locator(".log-text", { hasText: "news" })).toHaveCount(0);
  await expect(page.locator(".log-gap")).toBeInViewport();
  await page.keyboard.press("End");
  await expect(page.locator(".log-text", { hasText: "news" })).toBeVisible();
});

test("it says when the server cannot be reached, and goes on afterwards", async ({ newPage, tolerate }) => {
  const server = await Server.start();
  tolerate(unreachable(server.url));
  const [one, two] = [await echo(server, "one"), await echo(server, "two")];
  await print(server, one, "before");
  const page = await newPage({ baseURL: server.url });
  for (const view of ["side", "merged"]) {
    await page.goto(address([one, two], view));
    await expect(page.getByText("before").first()).toBeVisible();
    await expect(page.getByText("Nothing printed so far.")).toHaveCount(view === "side" ? 1 : 0);
    await server.kill();
    await expect(page.getByText("The server cannot be reached")).toBeVisible();
    Object.assign(server, await Server.start({ folder: server.folder, address: `127.0.0.1:${server.port}` }));
    await print(server, two, `after ${view}`);
    await expect(page.getByText(`after ${view}`)).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText("The server cannot be reached")).toBeHidden({ timeout: 20_000 });
  }
  await server.stop();
});

test("a row is marked from its time to its end under the pointer, and what is followed looks different from what is not", async ({ newPage, server }) => {
  const processes = [await echo(server, "one"), await echo(server, "two")];
  await print(server, processes[0], "under the pointer");
  const ground = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
  const page = await newPage({ colorScheme: "dark" });
  await page.goto(address(processes, "merged"));
  const row = page.locator(".log-row", { hasText: "under the pointer" });
  const before = await ground(row.locator(".log-gutter"));
  await row.hover();
  await expect.poll(() => ground(row.locator(".log-gutter"))).not.toBe(before);
  await page.goto(address(processes));
  const [followed, left] = [1, 2].map((number) => page.locator(".together-follow").nth(number - 1));
  await left.click();
  await page.getByRole("heading", { name: "Outputs together" }).hover();
  const border = (button) => button.evaluate((element) => getComputedStyle(element).borderColor);
  await expect.poll(() => border(left)).toBe("rgba(0, 0, 0, 0)");
  expect(await border(followed)).not.toBe("rgba(0, 0, 0, 0)");
  expect(await ground(followed)).not.toBe(await ground(left));
});

test("the view is in the address, and the bar of a selection leads here", async ({ page, server }) => {
  const labels = { shown: "together" };
  for (const name of ["first", "second", "third"]) await server.sh(`echo ${name} says; sleep 96301`, { name, labels });
  await page.goto(`/admin/exec?q=${encodeURIComponent("label:shown=together")}`);
  await expect(page.locator(".link")).toHaveText("Live");
  await page.locator(".row").first().hover();
  const bar = page.getByRole("region", { name: "Selected processes" });
  await page.getByRole("checkbox", { name: "Select first" }).check();
  await expect(bar.getByRole("link", { name: "Show together" })).toBeHidden();
  await page.getByRole("checkbox", { name: "Select third" }).check();
  await bar.getByRole("link", { name: "Show together" }).click();
  await expect(page).toHaveURL(/\/admin\/exec\/together\?ids=[0-9a-f-]{36},[0-9a-f-]{36}$/);
  await expect(page.locator(".together-pane h2")).toHaveText(["third", "first"]);
  await expect(page.getByText("first says")).toBeVisible();
  await page.getByRole("link", { name: "Merged" }).click();
  await expect(page).toHaveURL(/&view=merged$/);
  await expect(scroller(page)).toContainText("third says");
  await page.reload();
  await expect(scroller(page)).toContainText("third says");
  await expect(page.getByRole("link", { name: "Merged" })).toHaveAttribute("aria-current", "page");
  await page.goBack();
  await expect(page.locator(".together-pane").getByRole("log")).toHaveCount(2);
  await page.goBack();
  await expect(page.locator(".row")).toHaveCount(3);
});

test("what a person may not see is refused in its place, and a wrong address is explained", async ({ browser, page, server, tolerate }) => {
  tolerate(/^40[04] for .*together|status of 40[04]/);
  const seen = await server.sh("echo to be seen; sleep 96302", { name: "seen" });
  await server.sh("sleep 96304", { name: "another" });
  const gone = { id: "019ac000-0000-7000-8000-000000000000" };
  const viewer = await arrive(browser, server, "viewer", address([seen, gone], "merged"));
  await expect(scroller(viewer.page)).toContainText("to be seen");
  await expect(pane(viewer.page, gone).locator(".together-problem")).toHaveText("There is no such process. It may have been removed.");
  await viewer.page.goto(address([seen, gone]));
  await expect(pane(viewer.page, seen).getByRole("log")).toContainText("to be seen");
  await expect(pane(viewer.page, gone).locator(".together-problem")).toHaveText("There is no such process. It may have been removed.");
  // Who may only look is offered this, and nothing that changes something.
  await viewer.page.goto("/admin/exec");
  await viewer.page.locator(".row").first().hover();
  for (const at of [0, 1]) await viewer.page.locator(".row-pick input").nth(at).check();
  const bar = viewer.page.getByRole("region", { name: "Selected processes" });
  await expect(bar.getByRole("link", { name: "Show together" })).toBeVisible();
  await expect(bar.getByRole("button", { name: /Stop|Remove/ })).toHaveCount(0);
  await viewer.context.close();
  await page.goto(address([seen]));
  await expect(page.getByText("Select 2 to 6 processes in the list.")).toBeVisible();
});

test("it shows hostile names and output as text, is accessible, and fits a phone", async ({ newPage, server }) => {
  const hostile = "<img src=x onerror=alert(1)>\u202e with a long name that has to be cut somewhere";
  const processes = [];
  for (const number of [1, 2, 3, 4, 5, 6]) {
    processes.push(await server.sh(`echo '<script>alert(${number})</script> \x1b[31mred\x1b[0m'; echo of errors >&2; sleep 96303`, { name: number < 3 ? hostile : `process ${number}` }));
  }
  for (const width of [360, 1280]) {
    const page = await newPage({ viewport: { width, height: 740 } });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const view of ["side", "merged"]) {
        await page.goto(address(processes, view));
        await expect(page.getByText("<script>alert(6)</script>")).toBeAttached();
        await expect(page.getByRole("heading", { name: `${hostile} (2)` })).toBeAttached();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        if (view === "merged") expect(await page.locator(".together-tag").first().evaluate((tag) => tag.clientWidth)).toBeGreaterThan(30);
      }
    }
  }
});
