// Lines of output on paper.
import { scroller, top } from "../support/log.js";
import { expect, test } from "../support/test.js";

const pagesOf = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
const note = (page, pseudo) => page.locator(".log-scroller").first().evaluate((element, pseudo) => getComputedStyle(element, pseudo).content, pseudo);

test("of many lines those around what is seen are printed, on a few pages, and who reads stays there", async ({ page, server }) => {
  const { id } = await server.sh("seq -f 'number %g' 30000; exec sleep 96501", { name: "of many lines" });
  const other = await server.sh("echo of one line; exec sleep 96501", { name: "other" });
  const together = `/admin/exec/together?ids=${id},${other.id}`;
  for (const address of [`/admin/exec/${id}`, together, `${together}&view=merged`]) {
    await page.goto(address);
    await expect(page.locator(".log-text", { hasText: /^number 30000$/ })).toBeVisible();
    await expect(page.locator(".log-scroller").first()).toHaveClass(/more-above/);
    expect(pagesOf(await page.pdf()), address).toBeLessThan(15);
    await page.emulateMedia({ media: "print" });
    await expect(page.getByText("of many lines", { exact: true }).first()).toBeVisible();
    for (const role of ["button", "searchbox", "textbox", "combobox", "checkbox"]) await expect(page.getByRole(role)).toHaveCount(0);
    expect(await note(page, "::before")).toBe('"Earlier lines are not printed."');
    expect(await note(page, "::after")).toBe("none");
    await page.emulateMedia({ media: null });
    await expect(page.locator(".log-text", { hasText: /^number 30000$/ })).toBeInViewport();
  }
  await page.goto(`/admin/exec/${id}#L20000`);
  const line = page.locator(".log-row[aria-current]");
  await expect(line).toBeInViewport();
  const seen = await top(page);
  await page.pdf();
  await page.emulateMedia({ media: "print" });
  expect(await note(page, "::after")).toBe('"Later lines are not printed."');
  await page.emulateMedia({ media: null });
  await expect(line).toBeInViewport();
  expect(await top(page)).toBe(seen);
});

test("of few lines all are printed, long ones wrapped", async ({ page, server }) => {
  const { id } = await server.sh(`seq -f 'number %g' 30; head -c 3000 /dev/zero | tr '\\0' x`, { name: "of few lines" });
  await page.goto(`/admin/exec/${id}`);
  await expect(page.locator(".log-item")).toHaveCount(31);
  await page.getByRole("button", { name: "Wrap" }).click();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("button")).toHaveCount(0);
  for (const pseudo of ["::before", "::after"]) expect(await note(page, pseudo)).toBe("none");
  const width = await page.evaluate(() => document.documentElement.clientWidth);
  expect(await scroller(page).evaluate(({ scrollWidth }) => scrollWidth)).toBeLessThanOrEqual(width);
  await expect(page.locator(".log-item").first()).toContainText("number 1");
});

test("of a search what it found is printed, without what narrows it", async ({ page, server }) => {
  await server.sh("seq -f 'paper %g' 30; exec sleep 96501", { name: "paper mill" });
  await page.goto("/admin/exec/search?q=paper");
  await expect(page.getByRole("button", { name: "Show 10 more" })).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "paper mill" })).toBeVisible();
  for (const role of ["button", "searchbox", "textbox", "combobox", "checkbox"]) await expect(page.getByRole(role)).toHaveCount(0);
});
