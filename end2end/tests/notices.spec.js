// Notifications of ends and of failures.
import { Server } from "../support/server.js";
import { test, expect } from "../support/test.js";

async function wantFailures(page) {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a command, a process or a template" }).fill("notify me of failures");
  await page.keyboard.press("Enter");
  await expect(page.getByText("notifies you of failures")).toBeVisible();
}

// Notes what the page shows as notifications, besides showing it.
const noteNotifications = (context) =>
  context.addInitScript(() => {
    window.shown = [];
    const Real = window.Notification;
    window.Notification = class extends Real {
      constructor(title, options) {
        super(title, options);
        window.shown.push(title);
      }
    };
  });

test("the end of a process is notified of once, in whichever tab, and failures if wanted", async ({ page, context, server }) => {
  await context.grantPermissions(["notifications"]);
  await noteNotifications(context);
  const { id } = await server.sh("read x; exit 3", { name: "awaited", stdin: true });
  await page.goto(`/admin/exec/${id}`);
  // What is needed only by those who do something is loaded then.
  await page.mouse.move(5, 5);
  await page.getByLabel("Notify me when it ends").check();
  const other = await context.newPage();
  await other.goto("/admin/exec");
  await expect(other.locator(".link.live")).toBeVisible();
  const all = async () => [...(await page.evaluate(() => window.shown)), ...(await other.evaluate(() => window.shown))];
  await server.call("write_input", { id, text: "\n" });
  await expect.poll(all).toEqual(["awaited: exit 3"]);
  await expect(page.locator("end-notice")).toBeHidden();
  const failing = await server.sh("exit 4", { name: "unnoticed" });
  await expect(other.getByText("unnoticed").first()).toBeVisible();
  expect(await all()).toHaveLength(1);
  await other.locator("#main").focus();
  await wantFailures(other);
  await server.sh("exit 5", { name: "noticed" });
  await expect.poll(all).toContain("noticed: exit 5");
  expect(await all()).toHaveLength(2);
  expect(failing.id).toBeTruthy();
});

test("blocked notifications are said plainly", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95302");
  await page.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
  await page.goto(`/admin/exec/${id}`);
  await page.mouse.move(5, 5);
  await page.getByLabel("Notify me when it ends").click();
  await expect(page.getByText("Notifications of this page are blocked.")).toBeVisible();
  await expect(page.getByLabel("Notify me when it ends")).not.toBeChecked();
  await server.call("kill_process", { id, signal: "KILL" });
});


test("what was cancelled in the queue is no failure", async ({ newPage }) => {
  const server = await Server.start({ config: "[process]\nconcurrent = 1\n" });
  try {
    const page = await newPage({ baseURL: server.url, permissions: ["notifications"] });
    await noteNotifications(page.context());
    await page.goto("/admin/exec");
    await expect(page.locator(".link.live")).toBeVisible();
    await wantFailures(page);
    const holder = await server.sh("read x; exit 5", { name: "holder", stdin: true });
    const queued = await server.sh("true", { name: "queued" });
    await server.call("kill_process", { id: queued.id });
    await expect(page.locator(`.row[data-id="${queued.id}"]`)).toContainText("cancelled");
    // Whatever was to be said of the other one has been said when this one has ended.
    await server.call("write_input", { id: holder.id, text: "\n" });
    await expect.poll(() => page.evaluate(() => window.shown)).toContain("holder: exit 5");
    expect(await page.evaluate(() => window.shown)).toEqual(["holder: exit 5"]);
    // Whoever waited for such a process is told how it ended.
    const next = await server.sh("read x", { name: "next holder", stdin: true });
    const awaited = await server.sh("true", { name: "awaited too" });
    await page.goto(`/admin/exec/${awaited.id}`);
    await page.mouse.move(5, 5);
    await page.getByLabel("Notify me when it ends").check();
    await server.call("kill_process", { id: awaited.id });
    await expect.poll(() => page.evaluate(() => window.shown)).toEqual(["awaited too: cancelled"]);
    await server.call("kill_process", { id: next.id, signal: "KILL" });
    await page.close();
  } finally {
    await server.stop();
  }
});

test("failures are notified of whatever this machine's clock says", async ({ page, context, server }) => {
  await context.grantPermissions(["notifications"]);
  await noteNotifications(context);
  await page.addInitScript(() => {
    const real = Date.now;
    Date.now = () => real() + 5 * 60_000;
  });
  await page.goto("/admin/exec");
  await expect(page.locator(".link.live")).toBeVisible();
  await wantFailures(page);
  await server.sh("exit 6", { name: "on time" });
  await expect.poll(() => page.evaluate(() => window.shown)).toEqual(["on time: exit 6"]);
});

// As in Chrome for Android, where only service workers show notifications.
const forbidNotifications = (page, permission) =>
  page.addInitScript((permission) => {
    window.Notification = class {
      static permission = permission;
      static requestPermission = async () => (this.permission = "granted");
      constructor() {
        throw new TypeError("Failed to construct 'Notification': Illegal constructor.");
      }
    };
  }, permission);

test("a browser that cannot show notifications says so", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95303");
  await forbidNotifications(page, "default");
  await page.goto(`/admin/exec/${id}`);
  await page.mouse.move(5, 5);
  await page.getByLabel("Notify me when it ends").click();
  await expect(page.getByText("This browser does not show notifications of pages.")).toBeVisible();
  await expect(page.getByLabel("Notify me when it ends")).not.toBeChecked();
  await server.call("kill_process", { id, signal: "KILL" });
});

test("what cannot be shown as a notification is said in the page", async ({ page, server }) => {
  const { id } = await server.sh("read x; exit 7", { name: "said", stdin: true });
  await forbidNotifications(page, "granted");
  await page.goto(`/admin/exec/${id}`);
  await page.mouse.move(5, 5);
  await page.getByLabel("Notify me when it ends").check();
  await server.call("write_input", { id, text: "\n" });
  await expect(page.locator(".toasts")).toContainText("said: exit 7");
});
