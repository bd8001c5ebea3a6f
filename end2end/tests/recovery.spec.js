// What the page shows comes back to the truth by itself, and the keyboard keeps its place.
import { Proxy } from "../support/proxy.js";
import { expect, expectTerminal, test, unreachable } from "../support/test.js";

test.describe("behind a network that breaks", () => {
  let proxy;
  test.beforeEach(async ({ server, tolerate }) => {
    proxy = await Proxy.start(server.url);
    tolerate(unreachable(proxy.url));
  });
  test.afterEach(() => proxy.stop());

  test("a list and a process that could not be loaded are loaded as soon as that works", async ({ page, server }) => {
    const { id } = await server.sh("exit 0", { name: "recovers" });
    await page.goto(`${proxy.url}/admin/exec?q=recovers`);
    await expect(page.locator(".link")).toContainText("Live");
    await expect(page.locator(".row")).toContainText("exit 0");
    // The proxy refuses connections, so `navigator.onLine` stays true and navigation inside the page still works.
    proxy.down = true;
    proxy.cut();
    await page.getByRole("searchbox").fill("recover");
    await expect(page.getByText("This page tries again every few seconds")).toBeVisible();
    proxy.down = false;
    await expect(page.locator(".row")).toContainText("exit 0");
    const address = `/admin/exec/${id}`;
    proxy.down = true;
    proxy.cut();
    await page.locator(`a[href="${address}"]`).click();
    // The page's code has not been loaded either.
    await expect(page.locator(".link")).toContainText("Reconnecting");
    proxy.down = false;
    await expect(page.getByRole("heading", { name: "recovers" })).toBeVisible();
    await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  });

  test("a request whose connection died unnoticed is sent again on another one", async ({ page, server }) => {
    await page.clock.install();
    await page.goto(`${proxy.url}/admin/exec?q=deadlist`);
    await expect(page.locator(".link")).toContainText("Live");
    // From now on every connection that has been made carries nothing, and nobody closes it.
    proxy.stall();
    await server.sh("exit 3", { name: "deadlist" });
    // It is noticed after 40 s of silence; then each dead connection that the browser still has costs 10 s.
    await page.clock.fastForward(41_000);
    await expect(async () => {
      await page.clock.fastForward(11_000);
      await expect(page.locator(".row")).toContainText("exit 3", { timeout: 1000 });
    }).toPass({ timeout: 40_000 });
  });

  test("an error of the time without a connection goes when the connection is back", async ({ page, server }) => {
    const { id } = await server.sh("echo ready; exec sleep 95041");
    await page.goto(`${proxy.url}/admin/exec/${id}`);
    await expectTerminal(page, "ready");
    proxy.down = true;
    proxy.cut();
    await page.getByRole("button", { name: "Stop", exact: false }).first().click();
    await expect(page.getByText("The server cannot be reached")).toBeVisible();
    proxy.down = false;
    await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
    await expect(page.getByText("The server cannot be reached")).toBeHidden();
  });

  test("typing is said to be paused while a terminal is not connected", async ({ page, server }) => {
    const { id } = await server.call("create_process", { spec: { program: "cat", terminal: { cols: 80, rows: 24 } } });
    await page.goto(`${proxy.url}/admin/exec/${id}`);
    await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
    proxy.down = true;
    proxy.cut();
    await expect(page.getByText("typing is paused")).toBeVisible();
  });
});

test("a process that is removed elsewhere says so on its page, and can no longer be acted on", async ({ page, server, tolerate }) => {
  // Lines may still be on their way then.
  tolerate(/404 .*\/lines/);
  const { id } = await server.sh("echo last words", { name: "elsewhere" });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "last words");
  await expect(page.getByRole("button", { name: "Run again elsewhere" })).toBeVisible();
  await server.call("remove_process", { id });
  await expect(page.getByText("This process has been removed.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again elsewhere" })).toBeHidden();
  await expectTerminal(page, "last words");
});

test("the way back leads to the list as it was, with its filter", async ({ page, server }) => {
  await server.sh("exit 0", { name: "wayback" });
  await page.goto("/admin/exec?q=state%3Aended+wayback");
  await page.locator(".row-name").click();
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  await page.getByRole("link", { name: "Back to all processes" }).click();
  await expect(page.getByRole("searchbox")).toHaveValue("state:ended wayback");
  await page.locator(".row-name").click();
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Remove wayback" }).click();
  await expect(page.getByRole("searchbox")).toHaveValue("state:ended wayback");
});

test("the keyboard keeps its place when a button goes away", async ({ page, server }) => {
  for (const at of [1, 2, 3]) await server.sh("exec sleep 95042", { name: `focuskeeper ${at}` });
  await page.goto("/admin/exec?q=focuskeeper");
  await expect(page.locator(".link")).toContainText("Live");
  await page.getByRole("button", { name: "Stop focuskeeper 2" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "focuskeeper 2", exact: true })).toBeFocused();
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Remove focuskeeper 2" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".row")).toHaveCount(2);
  await expect(page.locator(".row :focus")).toHaveCount(1);
  // On the page of a process.
  await page.getByRole("link", { name: "focuskeeper 3" }).click();
  await page.locator(".strip").getByRole("button", { name: "Stop focuskeeper 3" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".strip-actions").getByRole("link", { name: "Edit and run" })).toBeFocused();
});

test("a theme that is chosen in one tab shows in the others, and the button says which it is", async ({ page, context, server }) => {
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  const other = await context.newPage();
  await other.goto(`${server.url}/admin/exec`);
  await expect(other.locator(".link")).toContainText("Live");
  await other.getByRole("button", { name: "Change theme (now system)" }).click();
  await expect(other.locator("html")).not.toHaveAttribute("data-theme", "auto");
  const chosen = await other.locator("html").getAttribute("data-theme");
  await expect(other.getByRole("button", { name: `Change theme (now ${chosen})` })).toBeVisible();
  await page.bringToFront();
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(page.locator("html")).toHaveAttribute("data-theme", chosen);
  await expect(page.getByRole("button", { name: `Change theme (now ${chosen})` })).toBeVisible();
});

test("a tab that is older than its server loads the new page when its own code is gone", async ({ page, server, tolerate }) => {
  tolerate(/404 .*\/pkg\//);
  const { id } = await server.sh("exit 0", { name: "upgraded" });
  // As after an upgrade: what the tab asks for below its own version is not there any more.
  let gone = false;
  await page.route("**/pkg/**/*.wasm", (route) => (gone ? route.fulfill({ status: 404, body: "gone" }) : route.continue()));
  const leave = async (go, there) => {
    gone = true;
    const loaded = page.waitForRequest((request) => {
      const isThere = request.isNavigationRequest() && there.test(request.url());
      // The new page has files of its own.
      if (isThere) gone = false;
      return isThere;
    });
    await go();
    await loaded;
  };
  await page.goto("/admin/exec?q=upgraded");
  await expect(page.locator(".link")).toContainText("Live");
  await leave(() => page.getByRole("link", { name: "upgraded", exact: true }).click(), new RegExp(id));
  await expect(page.getByRole("heading", { name: "upgraded" })).toBeVisible();
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  // Without a link: the form leads to the new process.
  await page.goto("/admin/exec/new");
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await page.getByLabel("Command", { exact: true }).fill("true");
  await leave(() => page.getByLabel("Command", { exact: true }).press("Enter"), /admin\/exec\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "true" })).toBeVisible();
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
});

test("a page whose code is missing is loaded once more and then says that it has stopped", async ({ page, server, tolerate }) => {
  tolerate(/404 .*\/pkg\//);
  tolerate(/console error|page error/);
  const { id } = await server.sh("exit 0");
  let documents = 0;
  page.on("request", (request) => (documents += request.isNavigationRequest() ? 1 : 0));
  await page.route("**/pkg/**/split*.wasm", (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.goto(`/admin/exec/${id}`);
  await expect(page.getByText("This page has stopped")).toBeVisible();
  expect(documents).toBe(2);
});

test("a number that a browser cannot count does not make a list unreadable", async ({ page, server }) => {
  await server.sh("exit 0", { name: "counted", env: { MANY: "123456789012345678901234567890" } });
  const odd = (text) => text.replace(/"grace_seconds":\d+/g, '"grace_seconds":18014398509481985');
  await page.route("**/api/list_processes", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: odd(await response.text()) });
  });
  await page.goto("/admin/exec?q=counted");
  await expect(page.locator(".link")).toContainText("Live");
  await page.getByRole("searchbox").fill("counted exit");
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row")).toContainText("exit 0");
  // A request may still be on its way through the route.
  await page.unrouteAll({ behavior: "wait" });
});

test("a page that has stopped says so, once, and can be reloaded", async ({ page, tolerate }) => {
  tolerate(/unreachable/);
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  // What a panic ends in.
  const unreachable = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11];
  const panic = (bytes) => void WebAssembly.instantiate(new Uint8Array(bytes));
  await page.evaluate(panic, unreachable);
  await page.evaluate(panic, unreachable);
  await expect(page.getByText("This page has stopped")).toHaveCount(1);
  await page.getByRole("link", { name: "Reload the page" }).click();
  await expect(page.getByText("This page has stopped")).toHaveCount(0);
  await expect(page.locator(".link")).toContainText("Live");
});

test("the second click of a double click does not start again what the first one has stopped", async ({ page, server }) => {
  const { id } = await server.sh("exec sleep 95044", { name: "doubled" });
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  const stop = await page.getByRole("button", { name: "Stop doubled" }).boundingBox();
  const [x, y] = [stop.x + stop.width / 2, stop.y + stop.height / 2];
  // To the page, the clicks come as fast as people click in vain, however busy the machine is.
  await page.evaluate(() => {
    window.now = Date.now();
    Date.now = () => window.now;
  });
  const pass = (time) => page.evaluate((time) => (window.now += time), time);
  await page.mouse.click(x, y);
  for (let at = 0; at < 4; at++) {
    await page.waitForTimeout(250);
    await pass(250);
    await page.mouse.click(x, y);
  }
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  expect((await server.call("list_processes", { filter: { name: "doubled" } })).processes.length).toBe(1);
  // Whoever takes their time does it on purpose.
  await pass(450);
  await page.getByRole("button", { name: "Run again doubled" }).click();
  await expect.poll(async () => (await server.call("list_processes", { filter: { name: "doubled" } })).processes.length).toBe(2);
});

test.describe("on a slow network", () => {
  // How long the code of a page takes to come, in milliseconds.
  let delay;
  test.beforeEach(async ({ page, tolerate }) => {
    delay = 0;
    // A request that a test has held is not matched to its preload.
    tolerate(/preloaded using link preload but not used/);
    await page.route("**/pkg/**/*.wasm", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      await route.continue();
    });
  });
  test.afterEach(({ page }) => page.unrouteAll({ behavior: "wait" }));

  test("the page that was asked for last is shown once its code is there, and that it is coming is seen", async ({ page, server }) => {
    for (const at of [1, 2]) await server.sh("exit 0", { name: `hurried ${at}` });
    await page.goto("/admin/exec?q=hurried");
    await expect(page.locator(".link")).toContainText("Live");
    // On a busy machine the first must not be shown before the second click.
    delay = 4000;
    await page.getByRole("link", { name: "hurried 1", exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("data-loading", "");
    await page.getByRole("link", { name: "hurried 2", exact: true }).click();
    await expect(page.getByRole("heading", { name: "hurried 2" })).toBeVisible();
    await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
    await expect(page.locator("html")).not.toHaveAttribute("data-loading", "");
  });

  test("going back while a page is coming shows what the address says", async ({ page, server }) => {
    await server.sh("exit 0", { name: "hesitant" });
    await page.goto("/admin/exec?q=hesitant");
    await expect(page.locator(".link")).toContainText("Live");
    // On a busy machine the process must not be shown before the next click.
    delay = 4000;
    const root = page.locator("html");
    await page.getByRole("link", { name: "hesitant", exact: true }).click();
    await expect(root).toHaveAttribute("data-loading", "");
    await page.locator(".bar").getByRole("link", { name: "New process" }).click();
    await expect(page).toHaveURL(/\/new$/);
    await page.goBack();
    await expect(root).not.toHaveAttribute("data-loading", "");
    // The form, whose code has come, may be shown by now.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await expect(root).toHaveAttribute("data-page", "/admin/exec");
    await expect(page).toHaveURL(/q=hesitant$/);
    await expect(page.locator(".row")).toHaveCount(1);
  });
});

test("a button is pressed once while Enter is held", async ({ page, server }) => {
  const { id } = await server.sh("exec sleep 95045", { name: "held" });
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  await page.getByRole("button", { name: "Stop held" }).focus();
  await page.keyboard.down("Enter");
  await expect(page.locator(".strip .state")).toContainText("killed by TERM");
  await page.getByRole("button", { name: "Run again held" }).focus();
  await page.evaluate(() => (Date.now = () => performance.timeOrigin + performance.now() + 5000));
  // Playwright repeats a key that is down.
  for (let times = 0; times < 3; times++) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  expect((await server.call("list_processes", { filter: { name: "held" } })).processes.length).toBe(1);
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await server.call("list_processes", { filter: { name: "held" } })).processes.length).toBe(2);
});

test("a page that cannot come says so, and comes when the network is back", async ({ page, context, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED|Failed to load resource|preload/);
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  // Its code was not asked for yet.
  await page.route("**/pkg/**/*new_route*.wasm", (route) => route.abort("internetdisconnected"));
  await page.locator(".bar").getByRole("link", { name: "New process" }).click();
  await expect(page.getByRole("status").filter({ hasText: "can't be reached" })).toBeInViewport();
  await page.unroute("**/pkg/**/*new_route*.wasm");
  await expect(page.getByRole("heading", { name: "New process" })).toBeVisible();
  await expect(page.locator(".loading-note")).toHaveCount(0);
});

test("what keeps a process from being started is said beside the button", async ({ page, context, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  await page.setViewportSize({ width: 390, height: 600 });
  await page.goto("/admin/exec/new");
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await page.getByLabel("Command", { exact: true }).fill("true");
  await context.setOffline(true);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "reached" })).toBeInViewport();
  await context.setOffline(false);
});

test("the first field that is wrong has the focus", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 600 });
  await page.goto("/admin/exec/new");
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByLabel("Command", { exact: true })).toBeFocused();
  await expect(page.getByLabel("Command", { exact: true })).toBeInViewport();
});
