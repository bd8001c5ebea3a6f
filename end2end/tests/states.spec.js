// Processes that wait, are restarted, give up or reach a limit, in the list and on their pages.
import { Server } from "../support/server.js";
import { expect, expectTerminal, test } from "../support/test.js";

const state = (page) => page.locator(".strip .state");
const detail = (page, label) => page.locator(".details > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) }).locator("dd");

test("a process that fails is restarted in view of everybody, until Execdeck gives up", async ({ page, server }) => {
  const restart = { policy: "on_failure", max_restarts: 2, backoff_seconds: 4 };
  const { id } = await server.sh("echo tried; exit 3", { name: "failing", restart });
  await page.goto(`/admin/exec/${id}`);
  await expect(state(page)).toContainText("restarting");
  await expect(page.locator(".strip")).toContainText(/restart 1 in [1-4] s/);
  // The buttons keep their places, and no signal can be sent now.
  const [stop, signals] = [page.getByRole("button", { name: "Stop failing" }), page.locator(".signals")];
  await expect(signals).toHaveAttribute("inert", "");
  const [left, right] = [await stop.boundingBox(), await signals.boundingBox()];
  expect(right.x).toBeGreaterThanOrEqual(left.x + left.width - 1);
  expect(right.width).toBeGreaterThan(20);
  await expect(page.locator(".strip")).toContainText(/restart 2 in \d+ s/);
  await expect(state(page)).toContainText("gave up, exit 3");
  await expect(page.getByRole("alert").filter({ hasText: "Gave up after 2 restarts. Failed with exit code 3" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Attempts" }).locator("li")).toHaveText([/^3\. exit 3 after /, /^2\. exit 3 after /, /^1\. exit 3 after .*, started /]);
  await expect(detail(page, "Restart")).toHaveText("After a failure, at most 2 in a row, initial delay 4 s");
  await page.goto("/admin/exec?q=state%3Afailed+failing");
  await expect(page.locator(".row .state")).toContainText("gave up, exit 3");
});

test("Stop ends what waits for its next attempt, and the list finds it meanwhile", async ({ page, server }) => {
  const { id } = await server.sh("exit 1", { name: "waiting-for-it", restart: { policy: "always", max_restarts: 5, backoff_seconds: 200 } });
  await page.goto("/admin/exec?q=state%3Arestarting+waiting-for-it");
  await expect(page.locator(".row .state")).toContainText("restarting");
  await page.locator(".row-name").click();
  await expect(page.locator(".strip")).toContainText(/restart 1 in \d m \d+ s/);
  await page.getByRole("button", { name: "Stop waiting-for-it" }).click();
  await expect(page.getByRole("button", { name: "Run again waiting-for-it" })).toBeVisible();
  await expect.poll(async () => (await server.call("get_process", { id })).next_start_at).toBe(null);
});

test("input can be typed while a process waits to be started, and is sent when it reads it", async ({ page, server }) => {
  const restart = { policy: "always", max_restarts: 5, backoff_seconds: 4 };
  const { id } = await server.sh("read line && echo got $line", { stdin: true, restart });
  await page.goto(`/admin/exec/${id}`);
  const [field, send] = [page.getByLabel("Input for the process"), page.getByRole("button", { name: "Send" })];
  await expect(field).toHaveAttribute("placeholder", "Type a line of input");
  await page.getByRole("button", { name: "Close input (EOF)" }).click();
  await expect(state(page)).toContainText("restarting");
  await expect(field).toHaveAttribute("placeholder", "Waiting for the process to start");
  await field.fill("early");
  await expect(send).toBeDisabled();
  await field.press("Enter");
  await expect(field).toHaveValue("early");
  // The next attempt has an input of its own, which is open.
  await expect(send).toBeEnabled();
  await send.click();
  await expectTerminal(page, "got early");
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a terminal says that nothing reads what is typed until the next attempt", async ({ page, server }) => {
  const restart = { policy: "always", max_restarts: 5, backoff_seconds: 3 };
  const { id } = await server.sh("echo ready; read line; exit 1", { name: "asks", terminal: { cols: 80, rows: 24 }, restart });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  const said = page.getByRole("status").filter({ hasText: "typing is paused" });
  await expect(said).toHaveCount(0);
  await page.locator(".term").click();
  await page.keyboard.press("Enter");
  await expect(said).toBeVisible();
  await expect(said).toHaveCount(0);
  await server.call("kill_process", { id, signal: "KILL" });
});

test("a queue shows the place of each process, and lets one go", async ({ page }) => {
  const server = await Server.start({ config: "[process]\nconcurrent = 1\n" });
  const first = await server.sh("read x", { name: "holds the place", stdin: true });
  const waiting = [];
  for (const number of [1, 2, 3]) waiting.push(await server.sh("echo ran; exit 0", { name: `waits ${number}` }));
  await page.goto(`${server.url}/admin/exec?q=state%3Aqueued`);
  await expect(page.locator(".row")).toHaveCount(3);
  await expect(page.locator(".row", { hasText: "waits 3" }).locator(".state")).toContainText("queued #3");
  const second = page.locator(".row", { hasText: "waits 2" });
  await second.hover();
  await second.getByRole("button", { name: "Cancel waits 2" }).click();
  await page.mouse.move(5, 5);
  await expect(page.locator(".row")).toHaveCount(2);
  await page.goto(`${server.url}/admin/exec/${waiting[2].id}`);
  await expect(state(page)).toContainText("queued #2");
  await expect(page.locator(".signals")).toHaveAttribute("inert", "");
  await expect(detail(page, "State")).toHaveText("Queued, position 2");
  await server.call("write_input", { id: first.id, text: "\n" });
  await expectTerminal(page, "ran");
  await expect(state(page)).toContainText("exit 0");
  await page.goto(`${server.url}/admin/exec/${waiting[1].id}`);
  await expect(state(page)).toContainText("cancelled");
  await expect(page.getByText("Cancelled before it was started.").first()).toBeVisible();
  await page.goto("about:blank");
  await server.stop();
});

test("what the tree uses is shown while it runs, and the peak afterwards", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95031 & exec sh -c 'while :; do :; done'", { name: "busy" });
  await page.goto(`/admin/exec/${id}`);
  await expect(detail(page, "Current usage")).toHaveText(/^[1-9]\d* % CPU, \d.* [kM]B memory, 2 processes$/);
  await page.getByRole("button", { name: "Stop busy" }).click();
  await expect(detail(page, "Peak memory")).toHaveText(/^\d.* [kM]B$/);
  await expect(detail(page, "Current usage")).toBeHidden();
});

test("the limit that was reached is named in plain words", async ({ page, server }) => {
  const { id } = await server.sh("exec sleep 95032", { name: "too slow", timeout_seconds: 1 });
  await page.goto(`/admin/exec/${id}`);
  await expect(state(page)).toContainText("timed out");
  await expect(page.getByRole("alert").filter({ hasText: "Timed out: the time limit of 1 s was reached" })).toBeVisible();
  await expect(detail(page, "Limit reached")).toHaveText("Timeout");
});
