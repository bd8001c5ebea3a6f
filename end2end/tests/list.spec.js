import { writeFile } from "node:fs/promises";
import { expect, test, unreachable } from "../support/test.js";

test("the list is live: new processes come, states and ages change by themselves", async ({ page, server }) => {
  await page.goto("/admin/exec?q=livelist");
  await expect(page.getByText("No processes match")).toBeVisible();
  await expect(page.locator(".link")).toContainText("Live");
  const { id } = await server.sh("read x; exit 3", { name: "livelist", stdin: true });
  const row = page.locator(".row", { hasText: "livelist" });
  await expect(row).toContainText("running");
  await expect(row.locator(".row-duration")).toHaveText(/[1-9] s/);
  await server.call("write_input", { id, text: "\n" });
  await expect(row.locator(".state")).toContainText("exit 3");
  await row.hover();
  page.once("dialog", (dialog) => dialog.accept());
  await row.getByRole("button", { name: "Remove livelist" }).click();
  await expect(row).toHaveCount(0);
});

test("what happens while the page wakes up is not missed", async ({ page, server }) => {
  const { id } = await server.sh("read x; exit 4", { name: "wakeup", stdin: true });
  await page.route("**/execdeck_bg.wasm", async (route) => {
    await expect(page.locator(".row")).toContainText("running");
    await server.call("write_input", { id, text: "\n" });
    await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
    await route.continue();
  });
  await page.goto("/admin/exec?q=wakeup");
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row .state")).toContainText("exit 4");
});

test("the list is used before its code has come: links, search and buttons work", async ({ page, server }) => {
  const { id } = await server.sh("exec sleep 95061", { name: "impatient" });
  await server.sh("exit 0", { name: "impatient too" });
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  const open = (path) => page.goto(path, { waitUntil: "commit" });
  await open("/admin/exec?q=impatient");
  await page.getByRole("searchbox").fill("impatient too");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=impatient(\+|%20)too$/);
  await expect(page.locator(".row")).toHaveCount(1);
  await open("/admin/exec?q=impatient");
  await page.locator(".row", { hasText: "sleep 95061" }).hover();
  await page.getByRole("button", { name: "Stop impatient", exact: true }).click();
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("killed");
  await open("/admin/exec?q=impatient");
  await page.getByRole("link", { name: "impatient too", exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/exec\/[\w-]{36}$/);
  await expect(page.locator("html[data-ready]")).toHaveCount(0);
  release();
  await expect(page.locator("html[data-ready]")).toBeAttached();
});

test("a row starts its process once more, secrets and all", async ({ page, server }) => {
  await server.sh("echo $TOKEN", { name: "rowstart", secret_env: { TOKEN: "kept" } });
  await page.goto("/admin/exec?q=rowstart");
  const rows = page.locator(".row", { hasText: "rowstart" });
  await expect(rows).toContainText("exit 0");
  await rows.hover();
  await rows.getByRole("button", { name: "Run again rowstart" }).click();
  await page.mouse.move(5, 5);
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("exit 0");
  const { processes } = await server.call("list_processes", { filter: { name: "rowstart" } });
  const output = await fetch(`${server.url}/api/processes/${processes[0].id}/output`, { headers: server.headers });
  expect(await output.text()).toBe("kept\n");
});

test("a row stops its process and leads to running it again", async ({ page, server }) => {
  await server.sh("sleep 95001", { name: "rowstop" });
  await page.goto("/admin/exec?q=rowstop");
  const row = page.locator(".row", { hasText: "rowstop" });
  await row.hover();
  await row.getByRole("button", { name: "Stop rowstop" }).click();
  await expect(row).toContainText("killed by TERM");
  await row.getByRole("link", { name: "Edit and run rowstop" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("rowstop");
});

for (const left of [0, 1]) test(`older processes follow when of those that are shown ${left} are left`, async ({ page, server }) => {
  const [word, ids] = [`pile${left}`, []];
  for (let number = 0; number < 55; number++) ids.push((await server.sh("exit 0", { name: `${word} ${number}` })).id);
  const ended = async () => (await server.call("list_processes", { filter: { name: word, state: "ended", limit: 100 } })).processes.length;
  await expect.poll(ended).toBe(55);
  await page.goto(`/admin/exec?q=${word}`);
  await expect(page.locator(".row")).toHaveCount(50);
  await expect(page.locator(".link")).toContainText("Live");
  for (const id of ids.slice(5, 55 - left)) await server.call("remove_process", { id });
  await expect(page.locator(".row")).toHaveCount(5 + left);
  await expect(page.getByText("No processes match")).toHaveCount(0);
});

test("older processes come on demand", async ({ page, server }) => {
  for (let number = 0; number < 60; number++) await server.sh("exit 0", { name: `older ${number}` });
  const active = async () => (await server.call("list_processes", { filter: { name: "older", state: "active" } })).processes.length;
  await expect.poll(active).toBe(0);
  await page.goto("/admin/exec?q=older");
  await expect(page.locator(".row")).toHaveCount(50);
  await page.getByRole("link", { name: "Show older" }).click();
  await page.mouse.move(5, 5);
  await expect(page.locator(".row")).toHaveCount(60);
  await expect(page.locator(".row").last()).toContainText("older 0");
});

test("the list comes back to the truth after the server was away", async ({ page, tolerate }) => {
  const { Server } = await import("../support/server.js");
  let own = await Server.start();
  tolerate(unreachable(own.url));
  const end = `${own.folder}/end`;
  await own.sh(`while [ ! -e '${end}' ]; do sleep 0.1; done; exit 6`, { name: "while away" });
  await page.goto(`${own.url}/admin/exec`);
  const row = page.locator(".row", { hasText: "while away" });
  await expect(row).toContainText("running");
  // The page's code comes from this server too: it must be there before the server goes.
  await expect(page.locator(".link")).toContainText("Live");
  const address = own.url.replace("http://", "");
  await own.kill();
  await expect(page.locator(".link")).toContainText("Reconnecting");
  await writeFile(end, "");
  own = await Server.start({ folder: own.folder, address });
  await expect(row.locator(".state")).toContainText("exit 6", { timeout: 30_000 });
  await own.stop();
});

test("older processes stay when the connection is made again, and have an address of their own", async ({ page, context, server }) => {
  for (let number = 0; number < 60; number++) await server.sh("exit 0", { name: `paging ${number}` });
  // One that is still active would stand above the 50 that have ended.
  const active = async () => (await server.call("list_processes", { filter: { name: "paging", state: "active" } })).processes.length;
  await expect.poll(active).toBe(0);
  await page.goto("/admin/exec?q=paging");
  await expect(page.locator(".link")).toContainText("Live");
  const [tab] = await Promise.all([context.waitForEvent("page"), page.getByRole("link", { name: "Show older" }).click({ modifiers: ["Control"] })]);
  await expect(page.locator(".row")).toHaveCount(50);
  await expect(tab).toHaveURL(/before=/);
  await expect(tab.locator(".link")).toContainText("Live");
  await expect(tab.locator(".row")).toHaveCount(10);
  await expect(tab.locator(".row").last()).toContainText("paging 0");
  await page.getByRole("link", { name: "Show older" }).click();
  await page.mouse.move(5, 5);
  await expect(page.locator(".row")).toHaveCount(60);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  const listed = page.waitForResponse("**/api/list_processes");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await listed;
  const { id } = await server.sh("exit 0", { name: "paging late" });
  await expect(page.locator(`.row[data-id="${id}"]`)).toContainText("exit 0");
  await expect(page.locator(".row")).toHaveCount(61);
  await expect(tab.locator(".row")).toHaveCount(10);
});

test("a list that is open for a day holds a bounded number of rows and asks for little", async ({ page, server }) => {
  await page.clock.install();
  await page.goto("/admin/exec?q=dayold");
  await expect(page.locator(".link")).toContainText("Live");
  let calls = 0;
  page.on("request", (request) => request.url().includes("/api/list_processes") && calls++);
  const jobs = 150;
  for (let number = 0; number < jobs; number++) await server.sh("exit 0", { name: `dayold ${number}` });
  await expect(page.locator(".row").first()).toContainText(`dayold ${jobs - 1}`);
  await expect(page.locator(".row").first()).toContainText("exit 0");
  expect(await page.locator(".row").count()).toBeLessThanOrEqual(101);
  expect(calls).toBeLessThan(jobs / 2);
  // A minute more: on a busy machine the clock of the page falls behind.
  await page.clock.fastForward("24:01:00");
  await expect(page.locator(".row-age").first()).toHaveText("1 d ago");
  await page.getByRole("link", { name: "Show older" }).click();
  await expect.poll(() => page.locator(".row").count()).toBeGreaterThan(101);
});

test("the network goes and comes back: the list says so and shows what happened meanwhile", async ({ page, context, server, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED/);
  const { id } = await server.sh("read x; exit 7", { name: "offline", stdin: true });
  await page.goto("/admin/exec?q=offline");
  await expect(page.locator(".link")).toContainText("Live");
  await context.setOffline(true);
  await expect(page.locator(".link")).toContainText("Reconnecting");
  await server.call("write_input", { id, text: "\n" });
  await context.setOffline(false);
  await expect(page.locator(".link")).toContainText("Live");
  await expect(page.locator(".row .state")).toContainText("exit 7");
});

test("an event that the page cannot read makes it look again", async ({ page, server }) => {
  const { id } = await server.sh("exit 8", { name: "unreadable" });
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
  let sent = false;
  await page.route("**/api/events", async (route) => {
    if (sent) return;
    sent = true;
    await route.fulfill({ contentType: "text/event-stream", body: 'event: process\ndata: {"shape":"of another year"}\n\n' });
  });
  const asked = [];
  page.on("request", (request) => request.url().includes("/api/list_processes") && asked.push(request));
  await page.goto("/admin/exec?q=unreadable");
  // Two requests each: what is active and the history; on connecting, and for the event.
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(4);
});

test("a clock that is wrong by minutes shows right ages", async ({ newPage, server }) => {
  await server.sh("sleep 95011", { name: "wrong clock" });
  const page = await newPage();
  await page.clock.setSystemTime(Date.now() + 200_000);
  await page.clock.install({ time: Date.now() + 200_000 });
  await page.goto("/admin/exec?q=wrong");
  const row = page.locator(".row", { hasText: "wrong clock" });
  await expect(row.locator(".row-duration")).toHaveText(/^\d+ s$/);
  await page.clock.runFor(5_000);
  await expect(row.locator(".row-duration")).toHaveText(/^\d{1,2} s$/);
  await expect(row.locator(".row-age")).toHaveText(/just now|^\d{1,2} s ago/);
});

test("a tab older than its server says so", async ({ page }) => {
  await page.route("**/healthz", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "execdeck-version": "9.9.9-another" } });
  });
  await page.goto("/admin/exec");
  await expect(page.getByText("Execdeck has been updated.")).toBeVisible();
  await page.unroute("**/healthz");
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.locator(".link")).toContainText("Live");
  await expect(page.getByText("Execdeck has been updated.")).toBeHidden();
});

test("the time of a row is local with its zone on hover, and in UTC", async ({ newPage, server }) => {
  const { created_at } = await server.sh("exit 0", { name: "rowtime" });
  const page = await newPage({ timezoneId: "Asia/Kolkata", locale: "en-US" });
  await page.goto("/admin/exec?q=rowtime");
  await page.locator("html[data-ready]").waitFor();
  const time = page.locator(".row time");
  const utc = `${created_at.slice(0, 19).replace("T", " ")} UTC`;
  await expect(time).toHaveAttribute("title", utc);
  await time.hover();
  await expect(time).toHaveAttribute("title", new RegExp(`^\\w.* GMT\\+5:30 \\(${utc}\\)$`));
});

test("the bar says when the list is the current page", async ({ page }) => {
  await page.goto("/admin/exec");
  const list = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Processes" });
  await expect(list).toHaveAttribute("aria-current", "page");
  await page.getByRole("link", { name: "New process" }).first().click();
  await expect(page).toHaveURL(/\/new$/);
  await expect(list).not.toHaveAttribute("aria-current");
});

test("rows stay under the pointer while processes come and go", async ({ page, server }) => {
  const aimed = await server.sh("sleep 95051", { name: "aimed at", labels: { hold: "yes" } });
  await server.sh("sleep 95052", { name: "below", labels: { hold: "yes" } });
  await page.goto("/admin/exec?q=label:hold=yes");
  await expect(page.locator(".link")).toHaveText("Live");
  const stop = page.getByRole("button", { name: "Stop aimed at" });
  await stop.hover();
  const before = await stop.boundingBox();
  await server.sh("sleep 95053", { name: "newer", labels: { hold: "yes" } });
  await expect(page.getByText("1 new")).toBeVisible();
  expect(await stop.boundingBox()).toEqual(before);
  await page.mouse.down();
  await page.mouse.up();
  await expect.poll(async () => (await server.call("get_process", { id: aimed.id })).state).toBe("killed");
  await page.mouse.move(5, 5);
  await expect(page.locator(".row-name")).toHaveText(["newer", "below", "aimed at"]);
});

test("a list that is about to be replaced can be pointed at and used", async ({ page, server }) => {
  const { id } = await server.sh("sleep 96601", { name: "replaced" });
  for (const number of [1, 2]) await server.sh("exit 0", { name: `replaced ${number}` });
  await page.goto("/admin/exec?q=replaced");
  await expect(page.locator(".link")).toHaveText("Live");
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route("**/api/list_processes", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/api/list_processes");
  await page.getByRole("link", { name: /^Running/ }).click();
  await asked;
  await page.locator(".row").last().hover();
  await page.mouse.move(5, 5);
  const row = page.locator(`.row[data-id="${id}"]`);
  await row.hover();
  await row.getByRole("button", { name: "Stop replaced" }).click();
  await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("killed");
  answer();
  await expect(page.getByText("No processes match")).toBeVisible();
  await page.unrouteAll({ behavior: "wait" });
});
