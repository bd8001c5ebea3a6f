import { expect, test } from "../support/test.js";

const open = async (page, query) => {
  await page.goto(`/admin/exec?q=${encodeURIComponent(query)}`);
  await expect(page.locator(".link")).toHaveText("Live");
};
const row = (page, id) => page.locator(`.row[data-id="${id}"]`);

test("a running process shows what it uses and how far it has come, until it ends", async ({ page, server }) => {
  const { id } = await server.sh("printf '\\rcopying 42 %%'; read x; printf '\\rcopying 43 %%'; read x", { name: "uses", stdin: true });
  await open(page, "uses");
  await expect(row(page, id).locator(".row-usage")).toHaveText(/^\d+ % · \d+(\.\d)? [kM]?B$/);
  const progress = row(page, id).getByRole("progressbar", { name: "Progress of uses" });
  await expect(progress).toHaveText("42 %");
  await server.call("write_input", { id, text: "\n" });
  await expect(progress).toHaveText("43 %");
  await expect(progress).toHaveAttribute("aria-valuenow", "43");
  await server.call("write_input", { id, text: "\n" });
  await expect(row(page, id).locator(".state")).toContainText("exit 0");
  await expect(row(page, id).locator(".row-usage, .row-progress")).toHaveCount(0);
});

test("one request in five seconds is made for the rows on the screen, and none while nobody looks", async ({ page, server }) => {
  const running = [];
  for (let number = 0; number < 30; number++) running.push(await server.sh(`sleep 9640${number % 10}`, { name: `looked at ${number}`, labels: { looked: "at" } }));
  await page.clock.install();
  const asked = [];
  page.on("request", (request) => request.url().includes("/api/activity") && asked.push(new URL(request.url())));
  await open(page, "label:looked=at");
  await page.clock.runFor(2000);
  await expect(page.locator(".row-usage").first()).toBeVisible();
  const first = asked.length;
  const ids = asked[0].searchParams.get("ids").split(",");
  expect(ids).toContain(running.at(-1).id);
  expect(ids).not.toContain(running[0].id);
  for (let second = 0; second < 20; second++) {
    await page.clock.runFor(1000);
    // The answers come in real time.
    await page.evaluate(() => fetch("/healthz"));
  }
  expect(asked.length - first).toBeGreaterThanOrEqual(2);
  expect(asked.length - first).toBeLessThanOrEqual(5);
  // What is scrolled to is asked for.
  await page.locator(".row").last().scrollIntoViewIfNeeded();
  await page.clock.runFor(2000);
  await expect(row(page, running[0].id).locator(".row-usage")).toBeVisible();
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(6000);
  const hidden = asked.length;
  await page.clock.runFor(60_000);
  expect(asked.length).toBe(hidden);
  await page.evaluate(() => {
    delete document.visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(2000);
  await expect.poll(() => asked.length).toBeGreaterThan(hidden);
});

test("the newest of a name shows how the last ones went, each a link", async ({ page, server }) => {
  const ran = [];
  for (const code of [0, 3, 0]) ran.push(await server.sh(`exit ${code}`, { name: "strip" }));
  for (const { id } of ran) await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
  await server.sh("exit 0", { name: "strip alone" });
  await open(page, "strip");
  const strip = page.getByRole("group", { name: "Last runs of strip", exact: true });
  await expect(strip.getByRole("link")).toHaveCount(3);
  await expect(page.locator(".row-runs")).toHaveCount(1);
  await expect(row(page, ran[2].id).locator(".row-runs")).toBeVisible();
  await expect(strip.getByRole("link").nth(1)).toHaveAttribute("title", /^exit 3 · .*\d.* · \d+ m?s$/);
  await expect(strip.locator(":focus")).toHaveCount(0);
  // Colour does not speak alone.
  const shape = (at) => strip.getByRole("link").nth(at).evaluate((link) => getComputedStyle(link, "::before").height);
  expect(await shape(0)).not.toBe(await shape(1));
  // The next one takes the strip over, and shows its end as soon as that is there.
  const next = await server.sh("read x; exit 1", { name: "strip", stdin: true });
  await expect(row(page, next.id).locator(".row-runs a")).toHaveCount(4);
  await expect(page.locator(".row-runs")).toHaveCount(1);
  await expect(strip.getByRole("link").last()).toHaveAttribute("title", /^running/);
  await server.call("write_input", { id: next.id, text: "\n" });
  await expect(strip.getByRole("link").last()).toHaveAttribute("title", /^exit 1/);
  // One stop for Tab, and the arrow keys go along it.
  await strip.getByRole("link").last().focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(strip.getByRole("link").nth(1)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/admin/exec/${ran[1].id}$`));
});

test("what comes to a row moves nothing", async ({ page, server }) => {
  await server.sh("exit 0", { name: "still" });
  const { id } = await server.sh("printf '7 %%'; sleep 96421", { name: "still" });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 700 });
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.route("**/api/activity*", async (route) => {
      await held;
      await route.continue();
    });
    const asked = page.waitForRequest("**/api/activity*");
    await open(page, "still");
    await asked;
    const boxes = () => page.locator(".row, .row-actions").evaluateAll((elements) => elements.map((element) => JSON.stringify(element.getBoundingClientRect())));
    const before = await boxes();
    answer();
    await expect(row(page, id).locator(".row-progress")).toBeVisible();
    await expect(row(page, id).locator(".row-runs")).toBeVisible();
    expect(await boxes()).toEqual(before);
    if (width === 360) await expect(row(page, id).locator(".row-usage")).toBeHidden();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.unrouteAll({ behavior: "wait" });
  }
});

// Lets the page's time pass, while answers come in real time.
async function pass(page, seconds) {
  for (let second = 0; second < seconds; second++) {
    await page.clock.runFor(1000);
    await page.evaluate(() => fetch("/healthz"));
  }
}

test("what happens while an answer is awaited is asked for afterwards", async ({ page, server }) => {
  for (let number = 0; number < 2; number++) {
    const { id } = await server.sh("exit 0", { name: "meanwhile" });
    await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
  }
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route("**/api/activity*", async (route) => {
    await held;
    await route.continue();
  });
  await page.clock.install();
  const asked = page.waitForRequest("**/api/activity*");
  await open(page, "meanwhile");
  await pass(page, 3);
  await asked;
  const { id } = await server.sh("exit 0", { name: "meanwhile" });
  await expect(row(page, id)).toContainText("exit 0");
  // It is about to ask when the answer is not here yet.
  await pass(page, 3);
  answer();
  await pass(page, 3);
  await expect(row(page, id).locator(".row-runs a")).toHaveCount(3);
});

for (const [status, again] of [[403, false], [429, true], [503, true]]) {
  test(`after an answer with ${status} the list ${again ? "asks later" : "asks no more"}`, async ({ page, server, tolerate }) => {
    tolerate(new RegExp(`${status} .*/api/activity|status of ${status}`));
    await server.sh("sleep 96431", { name: `answered${status}` });
    let asked = 0;
    await page.route("**/api/activity*", (route) => {
      asked++;
      return route.fulfill({ status, json: { code: "no", message: "No." } });
    });
    await page.clock.install();
    await open(page, `answered${status}`);
    await pass(page, 3);
    await expect.poll(() => asked).toBe(1);
    await pass(page, 20);
    if (again) expect(asked).toBeGreaterThan(2);
    else expect(asked).toBe(1);
  });
}
