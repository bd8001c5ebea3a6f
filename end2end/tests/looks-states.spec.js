// What is chosen, pressed or cut off looks like it, in both themes and on a phone.
import { test, expect } from "../support/test.js";
import { arrive } from "../support/visitor.js";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

// The colour of the background as it is drawn, `[red, green, blue]`; through what is transparent, that of the element around it.
const ground = (locator) =>
  locator.evaluate((element) => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const around = [];
    for (let each = element; each; each = each.parentElement) around.unshift(getComputedStyle(each).backgroundColor);
    for (const colour of around) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
const difference = ([a, b]) => Math.max(...a.map((value, at) => Math.abs(value - b[at])));

for (const colorScheme of ["light", "dark"]) {
  test(`the state and the labels of a selected row stand out from it: ${colorScheme}`, async ({ newPage, server }) => {
    await server.sh("exec sleep 95411", { name: "standing out", labels: { team: "ops" } });
    const page = await newPage({ colorScheme });
    await page.goto("/admin/exec?q=standing+out");
    const row = page.locator(".row").first();
    await row.hover();
    await page.getByRole("checkbox", { name: /standing out/ }).first().check();
    await page.mouse.move(0, 0);
    // Colours change within a moment.
    const stands = async (part) => difference(await Promise.all([ground(row), ground(row.locator(part))]));
    await expect.poll(() => stands(".label")).toBeGreaterThan(4);
    await expect(row.locator(".state")).toHaveCSS("box-shadow", /0px 0px 0px 1px/);
  });

  test(`a button that is pressed looks pressed: ${colorScheme}`, async ({ newPage, server }) => {
    const { id } = await server.sh("exit 0", { name: "pressed" });
    const page = await newPage({ colorScheme });
    await page.goto(`/admin/exec/${id}`);
    const button = page.getByRole("button", { name: "Details", exact: true });
    await expect(page.locator("html[data-ready]")).toBeAttached();
    const look = async () => [await ground(button), await button.evaluate((element) => getComputedStyle(element).borderTopColor)];
    await expect(button).toHaveAttribute("aria-pressed", "true");
    const [pressed, edge] = await look();
    await button.click();
    await page.mouse.move(0, 0);
    await expect(button).toHaveAttribute("aria-pressed", "false");
    await expect.poll(async () => difference([pressed, await ground(button)])).toBeGreaterThan(12);
    expect((await look())[1]).not.toBe(edge);
  });
}

test("labels have room in the list at 1280 px, and no action covers another cell", async ({ newPage, server }) => {
  await server.sh("exit 0", { name: "labelled", labels: { team: "platform", n: "3" } });
  const page = await newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto("/admin/exec?q=labelled");
  const labels = page.locator(".row .label");
  await expect(labels).toHaveCount(2);
  for (const label of await labels.all()) expect(await label.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  const [actions, duration] = await Promise.all([page.locator(".row-actions > :first-child"), page.locator(".row-duration")].map((part) => part.boundingBox()));
  expect(actions.x).toBeGreaterThanOrEqual(duration.x + duration.width);
});

test("on a phone, the choices of a new process are in line", async ({ newPage }) => {
  const page = await newPage(PHONE);
  await page.goto("/admin/exec/new");
  const boxes = await page.locator('[name="terminal"]').evaluateAll((all) => all.map((each) => [each.getBoundingClientRect().x, each.getBoundingClientRect().width, each.getBoundingClientRect().height]));
  expect(boxes[1]).toEqual(boxes[0]);
  const frame = await page.locator(".ways .segments").boundingBox();
  for (const name of ["Command line", "Program and arguments"]) {
    const label = page.locator(".ways .segments label", { hasText: name });
    expect((await label.boundingBox()).height).toBeLessThan(frame.height);
    const lines = await label.evaluate((element) => new Set([...(() => { const range = document.createRange(); range.selectNodeContents(element); return range.getClientRects(); })()].filter((box) => box.height < 30 && box.height > 10).map((box) => Math.round(box.y))).size);
    expect(lines, name).toBe(1);
  }
  expect(frame.x + frame.width).toBeLessThanOrEqual(360);
});

test("each key in the list of keys is a cap of its own, in one line", async ({ newPage }) => {
  const page = await newPage(PHONE);
  await page.goto("/admin/exec");
  await expect(page.locator(".link.live")).toBeVisible();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog.locator("kbd", { hasText: /^Ctrl\+0$/ })).toBeVisible();
  await expect(dialog.locator("kbd", { hasText: "," })).toHaveCount(0);
  expect(Math.max(...(await dialog.locator("kbd").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height))))).toBeLessThan(24);
  await expect(dialog.getByRole("heading", { name: "Keyboard shortcuts" })).toBeInViewport();
});

test("for somebody who only starts templates, the link to them is a link like others", async ({ browser, server }) => {
  const { id } = await server.sh("exit 0", { name: "like others" });
  const { page, context } = await arrive(browser, server, "operator", `/admin/exec/${id}`);
  const look = (name) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).evaluate((link) => [getComputedStyle(link).backgroundColor, getComputedStyle(link).color]);
  expect(await look("Templates")).toEqual(await look("Search"));
  await context.close();
});
