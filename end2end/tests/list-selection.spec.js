import { expect, test } from "../support/test.js";

const open = async (page, query) => {
  await page.goto(`/admin/exec?q=${encodeURIComponent(query)}`);
  await expect(page.locator(".link")).toHaveText("Live");
  await page.locator(".row").first().hover();
  await expect(page.locator(".row-pick").first()).toBeAttached();
};
const box = (page, name) => page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
const bar = (page) => page.getByRole("region", { name: "Selected processes" });
const state = async (server, id) => (await server.call("get_process", { id })).state;
const label = (value) => ({ labels: { pick: value } });
const ended = (server, value, number) =>
  expect.poll(async () => (await server.call("list_processes", { filter: { label: `pick=${value}`, state: "ended" } })).processes.length).toBe(number);

test("what is selected is stopped and removed, after a question that names it", async ({ page, server }) => {
  const running = [];
  for (const number of [1, 2, 3]) running.push(await server.sh(`sleep 9610${number}`, { name: `bulk ${number}`, ...label("bulk") }));
  await server.sh("exit 0", { name: "bulk over", ...label("bulk") });
  await ended(server, "bulk", 1);
  await open(page, "label:pick=bulk");
  await box(page, "bulk 3").check();
  await expect(bar(page)).toContainText("1 selected");
  await expect(bar(page).getByRole("button", { name: "Remove" })).toBeHidden();
  await bar(page).getByRole("button", { name: "Select all 4" }).click();
  await expect(bar(page)).toContainText("4 selected");
  await expect(bar(page).getByRole("button", { name: "Remove 1" })).toBeVisible();
  // Somebody thinks better of it.
  page.once("dialog", (dialog) => {
    expect(dialog.message()).toBe("Stop bulk 3, bulk 2 and 1 more?");
    dialog.dismiss();
  });
  await bar(page).getByRole("button", { name: "Stop 3" }).click();
  await expect(bar(page)).toContainText("4 selected");
  expect(await state(server, running[0].id)).toBe("running");
  page.once("dialog", (dialog) => dialog.accept());
  await bar(page).getByRole("button", { name: "Stop 3" }).click();
  for (const { id } of running) await expect.poll(() => state(server, id)).toBe("killed");
  await expect(bar(page)).toContainText("1 selected");
  await expect(box(page, "bulk over")).toBeChecked();
  page.once("dialog", (dialog) => {
    expect(dialog.message()).toBe("Remove bulk over from the history? Its output is removed, too.");
    dialog.accept();
  });
  await bar(page).getByRole("button", { name: "Remove" }).click();
  await expect(page.locator(".row")).toHaveCount(3);
  await expect(bar(page)).toBeHidden();
  await expect(page.locator(".row-name:focus")).toHaveCount(1);
});

test("a range is selected with Shift, and the key x selects the row that has the focus", async ({ page, server }) => {
  for (const number of [1, 2, 3, 4]) await server.sh("exit 0", { name: `range ${number}`, ...label("range") });
  await ended(server, "range", 4);
  await open(page, "label:pick=range");
  await box(page, "range 4").click();
  await box(page, "range 2").click({ modifiers: ["Shift"] });
  await expect(bar(page)).toContainText("3 selected");
  await expect(box(page, "range 1")).not.toBeChecked();
  await page.getByRole("link", { name: "range 3", exact: true }).focus();
  await page.keyboard.press("x");
  await expect(bar(page)).toContainText("2 selected");
  await expect(box(page, "range 3")).not.toBeChecked();
  await page.keyboard.press("Escape");
  await expect(bar(page)).toBeHidden();
  // Only a row that has the focus: the letter is text elsewhere.
  await page.getByRole("searchbox").press("x");
  await expect(page.getByRole("searchbox")).toHaveValue("xlabel:pick=range");
  await expect(page.getByText("No processes match")).toBeVisible();
  await expect(bar(page)).toBeHidden();
});

test("a selection stays with its processes while rows come and go, and what the filter hides leaves it", async ({ page, server }) => {
  const first = await server.sh("read x; exit 3", { name: "stay 1", stdin: true, ...label("stay") });
  await server.sh("sleep 96201", { name: "stay 2", ...label("stay") });
  await open(page, "label:pick=stay");
  await box(page, "stay 1").check();
  await box(page, "stay 2").check();
  await page.mouse.move(5, 5);
  await server.sh("sleep 96202", { name: "stay 3", ...label("stay") });
  await expect(page.locator(".row")).toHaveCount(3);
  await expect(box(page, "stay 3")).not.toBeChecked();
  await server.call("write_input", { id: first.id, text: "\n" });
  // It moves below the others, and takes its mark along.
  await expect(page.locator(".row-name")).toHaveText(["stay 3", "stay 2", "stay 1"]);
  await expect(page.locator(".row").last().locator(".state")).toContainText("exit 3");
  await expect(page.locator(".row:has(:checked) .row-name")).toHaveText(["stay 2", "stay 1"]);
  await expect(bar(page).getByRole("button", { name: "Stop 1" })).toBeVisible();
  await page.getByRole("link", { name: /^Ended/ }).click();
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(bar(page)).toContainText("1 selected");
  await expect(box(page, "stay 1")).toBeChecked();
  await page.getByRole("link", { name: /^All/ }).click();
  await expect(page.locator(".row")).toHaveCount(3);
  await expect(page.locator(".row:has(:checked) .row-name")).toHaveText(["stay 1"]);
});

test("what fails is said for each process, and stays selected", async ({ page, server, tolerate }) => {
  tolerate(/503 .*\/api\/remove_process$/);
  const processes = [];
  for (const number of [1, 2, 3]) processes.push(await server.sh("exit 0", { name: `failing ${number}`, ...label("failing") }));
  await ended(server, "failing", 3);
  await open(page, "label:pick=failing");
  await page.route("**/api/remove_process", (route) => {
    const fails = route.request().postDataJSON().id === processes[1].id;
    const json = { code: "unavailable", message: "The disk is full." };
    return fails ? route.fulfill({ status: 503, json }) : route.continue();
  });
  await box(page, "failing 3").check();
  await bar(page).getByRole("button", { name: "Select all 3" }).click();
  page.once("dialog", (dialog) => dialog.accept());
  await bar(page).getByRole("button", { name: "Remove" }).click();
  await expect(bar(page).getByRole("alert")).toHaveText("failing 2: The disk is full.");
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(bar(page)).toContainText("1 selected");
  await expect(box(page, "failing 2")).toBeChecked();
});

test("boxes come with the pointer or the focus, and are always there on touch", async ({ page, newPage, server }) => {
  for (const number of [1, 2]) await server.sh("exit 0", { name: `boxes ${number}`, ...label("boxes") });
  await open(page, "label:pick=boxes");
  const opacity = (page, name) => box(page, name).locator("..").evaluate((element) => getComputedStyle(element).opacity);
  await page.locator(".row").first().hover();
  expect([await opacity(page, "boxes 2"), await opacity(page, "boxes 1")]).toEqual(["1", "0"]);
  await box(page, "boxes 1").focus();
  expect(await opacity(page, "boxes 1")).toBe("1");
  const phone = await newPage({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
  await phone.goto("/admin/exec?q=label:pick=boxes");
  await expect(box(phone, "boxes 1")).toBeVisible();
  expect(await opacity(phone, "boxes 1")).toBe("1");
  await box(phone, "boxes 1").tap();
  await expect(bar(phone)).toContainText("1 selected");
  expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test("leaving while much is being done asks first, and the focus stays on the button", async ({ page, server }) => {
  for (const number of [1, 2]) await server.sh("exit 0", { name: `leaving ${number}`, ...label("leaving") });
  await ended(server, "leaving", 2);
  await open(page, "label:pick=leaving");
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/remove_process", async (route) => {
    await held;
    await route.continue();
  });
  await box(page, "leaving 2").check();
  await box(page, "leaving 1").check();
  page.once("dialog", (dialog) => dialog.accept());
  const remove = bar(page).getByRole("button", { name: "Remove" });
  await remove.focus();
  await page.keyboard.press("Enter");
  await expect(bar(page)).toContainText("Removing 1 of 2…");
  await expect(remove).toBeFocused();
  const asked = page.waitForEvent("dialog");
  page.goto("about:blank").catch(() => {});
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  release();
  await expect(page.locator(".row")).toHaveCount(0);
  await page.goto("/admin/exec");
});

test("what counts only the rows that are there says so", async ({ page, server }) => {
  await Promise.all(Array.from({ length: 55 }, (_, number) => server.sh("exit 0", { name: `count ${number % 2}`, ...label("count") })));
  await ended(server, "count", 50);
  await open(page, "label:pick=count group:name");
  await expect(page.locator(".group-counts").first()).toHaveText(/^Of those shown: \d+ succeeded$/);
  await page.locator(".row-pick input").first().check();
  await expect(bar(page).getByRole("button", { name: "Select the 50 shown" })).toBeVisible();
  await page.getByRole("link", { name: "Show older" }).click();
  await expect(bar(page).getByRole("button", { name: "Select all 55" })).toBeVisible();
  await expect(page.locator(".group-counts")).toHaveText(["28 succeeded", "27 succeeded"]);
});
