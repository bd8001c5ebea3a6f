// The page of one process around its output.
import { expect, expectTerminal, showPipes, terminalText, test } from "../support/test.js";

test("the signal menu closes on Escape and on a click elsewhere", async ({ page, server }) => {
  const { id } = await server.sh("echo up; sleep 95021", { name: "menu" });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "up");
  const summary = page.getByLabel("Choose a signal");
  const item = page.getByRole("button", { name: /Send HUP/ });
  await summary.click();
  await expect(item).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(item).toBeHidden();
  await expect(summary).toBeFocused();
  await summary.click();
  await expect(item).toBeVisible();
  await page.getByRole("heading", { name: "menu" }).click();
  await expect(item).toBeHidden();
  await summary.press("Enter");
  await page.getByRole("button", { name: /Send CONT/ }).press("Enter");
  await expect(item).toBeHidden();
  await expect(summary, "the keyboard keeps its place").toBeFocused();
});

test("what was watched live, and is more than the page holds, can be loaded from the start", async ({ page, server }) => {
  const { id } = await server.sh("read x; seq 1 100000; sleep 95023", { name: "flooded", stdin: true });
  await showPipes(page, "terminal");
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".term")).toHaveAttribute("data-link", "live");
  await expect(page.getByRole("button", { name: "Load from the start" })).toBeHidden();
  await server.call("write_input", { id, text: "\n" });
  await expectTerminal(page, "99999\n100000");
  await page.getByRole("button", { name: "Load from the start" }).click();
  await expect(async () => expect(await terminalText(page)).toMatch(/^1\n2\n3\n/)).toPass();
});

test("the size of the output grows while it runs", async ({ page, server }) => {
  const { id } = await server.sh("echo begun; read x; head -c 50000 /dev/zero | tr '\\0' x; sleep 95022", { name: "growing", stdin: true });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "begun");
  await expect(page.locator(".details")).toContainText("6 B");
  await server.call("write_input", { id, text: "\n" });
  await expect(page.locator(".details")).toContainText("50.0 kB");
});

test("times are local with their zone, in UTC on hover", async ({ newPage, server }) => {
  const { id, started_at } = await server.sh("exit 0", { name: "zoned" });
  const page = await newPage({ timezoneId: "Asia/Kolkata", locale: "en-US" });
  await page.goto(`/admin/exec/${id}`);
  const time = page.locator(".details time").first();
  await expect(time).toHaveText(/GMT\+5:30/);
  const there = new Date(Date.parse(started_at)).toLocaleTimeString("en-US", { timeZone: "Asia/Kolkata", hour: "numeric", minute: "2-digit", second: "2-digit" });
  expect((await time.textContent()).replace(/\s/g, " ")).toContain(there.replace(/\s/g, " "));
  await expect(time).toHaveAttribute("title", `${started_at.slice(0, 19).replace("T", " ")} UTC`);
});

test("a process that cannot be shown says why and what to do", async ({ page, server, tolerate }) => {
  const missing = "01890000-0000-7000-8000-000000000000";
  tolerate(new RegExp(`404.*/admin/exec/${missing}$`));
  expect((await page.goto(`/admin/exec/${missing}`)).status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Process not found" })).toBeVisible();
  const { id } = await server.sh("exit 0", { name: "unreachable" });
  await page.goto("/admin/exec?q=unreachable");
  await expect(page.locator(".link")).toContainText("Live");
  tolerate(/ERR_FAILED.*\/api\/get_process$/);
  await page.route("**/api/get_process", (route) => route.abort());
  await page.getByRole("link", { name: "unreachable" }).first().click();
  await expect(page.getByRole("heading", { name: "Couldn't load the process" })).toBeVisible();
  await expect(page.getByText("The server cannot be reached")).toBeVisible();
  await page.unroute("**/api/get_process");
  await page.getByRole("link", { name: "Try again" }).click();
  await expect(page).toHaveURL(new RegExp(id));
  await expect(page.locator(".strip .state")).toContainText("exit 0");
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
});

test("the skip link leads to the content, and a new page takes the focus", async ({ page, server }) => {
  await server.sh("exit 0", { name: "focus" });
  await page.goto("/admin/exec?q=focus");
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to content")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await page.locator(".row-name").click();
  await expect(page.locator(".strip")).toBeVisible();
  await expect(page.locator("main")).toBeFocused();
  await page.getByRole("link", { name: "New process" }).click();
  await expect(page.getByLabel("Command", { exact: true })).toBeFocused();
});

test("of what the socket and the poll bring, the higher revision is shown", async ({ page, server }) => {
  const { id } = await server.call("create_process", { spec: { program: "sh", args: ["-c", "echo ready; exec sleep 95023"], terminal: { cols: 80, rows: 24 } } });
  await page.route("**/api/get_process", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), revision: 1_000_000, pid: 4_999_999 } });
  });
  await page.goto(`/admin/exec/${id}`);
  const pid = page.getByText("pid 4999999");
  await expect(pid).toBeVisible();
  const { revision } = await server.call("get_process", { id });
  await page.setViewportSize({ width: 700, height: 500 });
  await expect.poll(async () => (await server.call("get_process", { id })).revision).toBeGreaterThan(revision);
  // The socket carries messages in order: the older copy was here before this output.
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".term")).toHaveAttribute("data-link", "ended");
  await expect(pid).toBeVisible();
  await page.unrouteAll({ behavior: "wait" });
});

test("f and the button show the output on the full screen, and the page again", async ({ page, server }) => {
  const { id } = await server.sh("echo on the full screen");
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "on the full screen");
  const shown = () => page.evaluate(() => document.fullscreenElement?.className ?? "");
  // The first key is heard although what hears it is loaded then.
  await page.keyboard.press("f");
  await expect.poll(shown).toBe("output");
  await page.keyboard.press("f");
  await expect.poll(shown).toBe("");
  await page.getByRole("button", { name: "Full screen" }).click();
  await expect.poll(shown).toBe("output");
  await page.getByRole("button", { name: "Full screen" }).click();
  await expect.poll(shown).toBe("");
});
