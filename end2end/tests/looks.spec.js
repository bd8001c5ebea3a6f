import AxeBuilder from "@axe-core/playwright";
import { expect, expectTerminal, test } from "../support/test.js";

const viewports = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const colorScheme of ["light", "dark"]) {
  for (const [kind, viewport] of Object.entries(viewports)) {
    test(`every page is accessible and fits: ${colorScheme}, ${kind}`, async ({ newPage, server, tolerate }) => {
      tolerate(/404 .*\/nowhere$/);
      const page = await newPage({ colorScheme, viewport });
      const { id } = await server.sh("echo looks; echo careful >&2; read x", { name: "looks", stdin: true, labels: { team: "ops" } });
      for (const path of ["/admin/exec", "/admin/exec?q=nothing-is-like-this", `/admin/exec/new?from=${id}`, `/admin/exec/${id}`, "/nowhere"]) {
        await page.goto(path);
        if (path.endsWith(id) && !path.includes("new")) await expectTerminal(page, "careful");
        await page.locator("main").waitFor();
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(serious.map(({ id, nodes }) => `${path} ${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        expect(wide, `${path} scrolls sideways`).toBe(false);
      }
      await server.call("kill_process", { id, signal: "KILL" });
    });
  }
}

// Every layout shift of the page, as `{value, moved}`, into `window.shifts`.
const watchShifts = (page) =>
  page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        window.shifts.push({ value, moved: sources.map(({ node }) => node?.outerHTML ?? node?.textContent) });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });

async function expectSteady(page, path) {
  const shifts = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(window.shifts)))));
  const sum = shifts.reduce((sum, { value }) => sum + value, 0);
  expect(sum, `${path}: ${JSON.stringify(shifts)}`).toBeLessThan(0.01);
}

test("nothing moves when the page comes alive", async ({ page, server }) => {
  const { id } = await server.sh("echo steady", { name: "steady" });
  await watchShifts(page);
  for (const path of ["/admin/exec", "/admin/exec/new", `/admin/exec/${id}`]) {
    await page.goto(path);
    if (path.endsWith(id)) await expectTerminal(page, "steady");
    else await page.locator("html[data-ready]").waitFor();
    await expectSteady(page, path);
  }
});

for (const [device, viewport] of [["phone", { width: 412, height: 823 }], ["desktop", { width: 1350, height: 940 }]]) {
  test(`nothing moves when much output comes: ${device}`, async ({ page, server }) => {
    await page.setViewportSize(viewport);
    await watchShifts(page);
    for (const terminal of [undefined, { cols: 80, rows: 24 }]) {
      const { id } = await server.sh("seq 20000", { terminal });
      await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
      await page.goto(`/admin/exec/${id}`);
      await expectTerminal(page, "20000");
      await expectSteady(page, terminal ? "terminal" : "log");
    }
  });
}

test("the theme is a choice that lasts, from the first byte on", async ({ page }) => {
  await page.goto("/admin/exec");
  const root = page.locator("html");
  const ready = page.locator("html[data-ready]");
  const change = page.getByRole("button", { name: "Change theme" });
  await expect(root).toHaveAttribute("data-theme", "auto");
  await ready.waitFor();
  await change.click();
  await expect(root).toHaveAttribute("data-theme", "dark");
  const cookie = (await page.context().cookies()).find(({ name }) => name === "theme");
  expect(cookie).toMatchObject({ name: "theme", path: "/", sameSite: "Lax" });
  const response = await page.reload();
  expect(await response.text()).toContain('data-theme="dark"');
  await ready.waitFor();
  await change.click();
  await expect(root).toHaveAttribute("data-theme", "light");
});

test("under a dark system the first click leads to the light theme", async ({ newPage }) => {
  const page = await newPage({ colorScheme: "dark" });
  await page.goto("/admin/exec");
  await page.locator("html[data-ready]").waitFor();
  await page.getByRole("button", { name: "Change theme" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("what is printed is light, readable, and has no buttons", async ({ newPage, server }) => {
  const { id } = await server.sh("echo printed", { name: "on paper" });
  const page = await newPage({ colorScheme: "dark" });
  await page.goto("/admin/exec?q=on%20paper");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--ground").trim());
  const dark = await ground();
  for (const path of ["/admin/exec?q=on%20paper", `/admin/exec/${id}`, "/admin/audit"]) {
    await page.goto(path);
    await page.emulateMedia({ media: "print" });
    expect(await ground()).not.toBe(dark);
    await expect(page.locator(".bar")).toBeHidden();
    await expect(page.getByRole("button")).toHaveCount(0);
    await expect(page.getByText("on paper").first()).toBeVisible();
    await page.emulateMedia({ media: "screen" });
  }
});

test("the keyboard reaches everything, and what has the focus is seen", async ({ page, server }) => {
  await server.sh("exit 0", { name: "keyboard" });
  await page.goto("/admin/exec?q=keyboard");
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to content")).toBeFocused();
  const names = [];
  while (!names.includes("Remove keyboard") && names.length < 40) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => (document.activeElement.getAttribute("title") ?? document.activeElement.textContent).trim()));
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    expect(outline).not.toBe("none");
  }
  expect(names).toContain("Run keyboard again with the same settings");
  expect(names).toContain("Edit keyboard and run it");
  expect(names).toContain("Remove keyboard");
});

// Where the parts of the bar are, read in one step: a change of the window's size is slow on a busy machine.
const measureBar = (page) =>
  page.evaluate(() => {
    const box = (part) => {
      const { left, right, top, bottom, width } = part.getBoundingClientRect();
      return { left, right, top, bottom, width };
    };
    const boxes = [...document.querySelectorAll(".bar > *")].map(box).filter(({ width }) => width > 0);
    return { boxes, document: document.documentElement.scrollWidth, person: box(document.querySelector(".bar .person")).width };
  });

test("the head of the list fits at every width, however much it counts", async ({ newPage }) => {
  const page = await newPage({ viewport: { width: 1400, height: 800 } });
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toHaveText("Live");
  await page.locator(".segments .count").evaluateAll((counts) => counts.forEach((count) => (count.textContent = "123456")));
  for (const width of [320, 360, 420, 421, 640, 641, 700, 760, 761, 800, 801, 900, 1001, 1400]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
  }
});

for (const path of ["/admin/exec", "/admin/people"]) {
  test(`the bar of ${path} fits at every width, and nothing in it overlaps`, async ({ newPage }) => {
    test.slow();
    const page = await newPage({ viewport: { width: 1400, height: 800 } });
    await page.goto(path);
    for (const width of [320, 360, 420, 421, 640, 641, 700, 720, 721, 770, 820, 900, 901, 1000, 1001, 1400]) {
      await page.setViewportSize({ width, height: 800 });
      const place = `${path} at ${width}`;
      const measured = await measureBar(page);
      expect(measured.document, place).toBeLessThanOrEqual(width);
      expect(measured.person, place).toBeGreaterThan(20);
      for (const [index, box] of measured.boxes.entries()) {
        expect(box.right, place).toBeLessThanOrEqual(width);
        for (const other of measured.boxes.slice(index + 1)) {
          const apart = box.right <= other.left + 0.5 || other.right <= box.left + 0.5 || box.bottom <= other.top + 0.5 || other.bottom <= box.top + 0.5;
          expect(apart, `${place}: ${JSON.stringify([box, other])}`).toBe(true);
        }
      }
    }
  });
}

const DOCUMENTS = ["/admin/exec", "/admin/exec/new", "/admin/exec/templates", "/admin/people", "/admin/audit", "/admin/account"];

test("signing out has the same place on every page", async ({ page }) => {
  const places = [];
  for (const path of DOCUMENTS) {
    await page.goto(path);
    const { x, y } = await page.getByRole("button", { name: "Sign out" }).boundingBox();
    places.push({ x: Math.round(x), y: Math.round(y) });
  }
  expect(places).toEqual(DOCUMENTS.map(() => places[0]));
});

for (const javaScriptEnabled of [true, false]) {
  test(`on a phone every page leads to all others, and out, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async ({ newPage }) => {
    const page = await newPage({ viewport: viewports.phone, javaScriptEnabled });
    for (const path of DOCUMENTS) {
      await page.goto(path);
      if (javaScriptEnabled && path.startsWith("/admin/exec") && !path.endsWith("templates")) await page.locator("html[data-ready]").waitFor();
      const menu = page.locator(".bar-menu > summary");
      await menu.focus();
      await page.keyboard.press("Enter");
      for (const name of ["Templates", "People", "Audit"]) await expect(page.getByRole("link", { name, exact: true }), path).toBeVisible();
      await expect(page.getByRole("button", { name: "Sign out" }), path).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path).toBe(true);
      if (javaScriptEnabled) {
        const { violations } = await new AxeBuilder({ page }).include(".bar").analyze();
        expect(violations, path).toEqual([]);
      }
    }
    // It closes when it is left, where there is JavaScript for it.
    await page.goto("/admin/exec");
    if (javaScriptEnabled) {
      await page.locator("html[data-ready]").waitFor();
      await page.locator(".bar-menu > summary").click();
      await expect(page.getByRole("link", { name: "Audit", exact: true })).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(page.getByRole("link", { name: "Audit", exact: true })).toBeHidden();
      await expect(page.locator(".bar-menu > summary")).toBeFocused();
      await page.locator(".bar-menu > summary").click();
      await page.locator("main").click({ position: { x: 5, y: 300 } });
      await expect(page.getByRole("link", { name: "Audit", exact: true })).toBeHidden();
    }
    await page.locator(".bar-menu > summary").click();
    await page.getByRole("link", { name: "Audit", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
  });
}
