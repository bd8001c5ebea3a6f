// An app of its own with Execdeck in it, examples/embed: mounted below `/deck` and `/lab`, and another server's below `/far`.
import AxeBuilder from "@axe-core/playwright";
import { readFile } from "node:fs/promises";
import { run } from "../support/binary.js";
import { CONSOLE, Console, DEPLOY, passwords, shown, templates } from "../support/console.js";
import { expect, test as base } from "../support/test.js";

const test = base.extend({
  host: [
    async ({ server }, use) => {
      run(server.folder, ["template", "import", templates]);
      const host = await Console.start({ remote: server });
      await use(host);
      await host.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ host }, use) => use(host.url),
});

const ways = [
  { where: "mounted", path: "/", below: "/deck" },
  { where: "on another server", path: "/remote", below: "/far" },
];

const expectShown = (scope, text) => expect.poll(() => shown(scope), { timeout: 20_000 }).toContain(text);

// The process that was started last.
const newest = async (host, below, session) => (await host.call(below, "list_processes", { filter: { limit: 1 } }, session)).processes[0];

for (const { where, path, below } of ways) {
  test(`${where}: one signs in at the host, starts, watches, types, stops and comes back to an earlier run`, async ({ page, host, tolerate }) => {
    tolerate(/^401 for|status of 401/);
    await page.goto(path);
    await expect(page.getByText("You are not signed in.")).toBeVisible();
    await page.goto(`/sign-in?next=${encodeURIComponent(path)}`);
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill(passwords.ada);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(`${host.url}${path}`);

    await page.getByRole("button", { name: "Deploy", exact: true }).click();
    const terminal = page.locator(".execdeck-terminal");
    await expectShown(page, "fetched");
    await expectShown(page, "the release is out");
    await expect(terminal.locator(".execdeck-state")).toHaveText(/exit 0/);

    await page.getByRole("button", { name: "Console", exact: true }).click();
    await expectShown(page, "console>");
    await page.locator(".execdeck-screen").click();
    await page.keyboard.type("echo $((6*7))x\n");
    await expectShown(page, "echo $((6*7))x");
    await expectShown(page, "42x");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(terminal.locator(".execdeck-state")).not.toHaveText(/running|stopping/);
    const session = await host.session("ada");
    expect((await newest(host, below, session)).state).toMatch(/killed|exited/);

    const list = page.getByRole("region", { name: "Last runs" });
    await list.getByRole("button", { name: "deploy", exact: true }).first().click();
    await expectShown(page, "the release is out");
    expect(await shown(page)).not.toContain("console>");
  });

  test(`${where}: values that do not fit are said at their field, and a question is asked first`, async ({ context, page, host, tolerate }) => {
    tolerate(/^400 for|status of 400/);
    await host.signIn(context, "ada");
    await page.goto(path);
    const questions = [];
    page.on("dialog", (dialog) => (questions.push(dialog.message()), dialog.accept()));
    const release = page.getByLabel(/^Release/);
    await release.fill("the last one");
    await page.getByRole("button", { name: "Roll back", exact: true }).click();
    await expect(release).toHaveAttribute("aria-invalid", "true");
    await release.fill("2026.10");
    await page.getByRole("button", { name: "Roll back", exact: true }).click();
    await expectShown(page, "going back to 2026.10");
    // The next start begins with an empty form.
    await expect(release).toHaveValue("");
    expect(new Set(questions)).toEqual(new Set(["Everybody gets the earlier release at once. Roll back?"]));
  });

  test(`${where}: a viewer sees, and can neither start nor type nor stop`, async ({ context, page, host, tolerate }) => {
    tolerate(/^403 for .*kill_process|status of 403/);
    const [ada, grace] = [await host.session("ada"), await host.session("grace")];
    const { id } = await host.call(below, "start_template", { id: CONSOLE }, ada);
    await host.signIn(context, "grace");
    await page.goto(path);
    await page.locator(`[data-id="${id}"]`).getByRole("button").click();
    await expectShown(page, "console>");
    await expect(page.getByRole("button", { name: "Deploy", exact: true })).toBeDisabled();
    await page.locator(".execdeck-screen").click();
    await page.keyboard.type("echo typed\n");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.locator(".chosen").getByRole("alert")).not.toBeEmpty();
    for (const [name, body] of [
      ["start_template", { id: DEPLOY }],
      ["write_input", { id, text: "echo typed\n" }],
      ["kill_process", { id }],
      ["create_process", { spec: { program: "true" } }],
      ["save_template", { template: { id: DEPLOY, name: "Deploy", spec: { program: "true" }, parameters: [], reason: "none" } }],
      ["list_audit", {}],
    ]) {
      await expect(host.call(below, name, body, grace), name).rejects.toThrow(/403/);
    }
    // What ada types afterwards is the first that arrives.
    await host.call(below, "write_input", { id, text: "echo done\n" }, ada);
    await expectShown(page, "echo done");
    expect(await shown(page)).not.toContain("typed");
    await host.call(below, "kill_process", { id, signal: "KILL" }, ada);
  });

  test(`${where}: whoever signs out at the host watches nothing any more`, async ({ context, page, host, tolerate }) => {
    tolerate(/^401 for|status of 401/);
    await host.signIn(context, "ada");
    await page.goto(path);
    const opened = page.waitForEvent("websocket");
    await page.getByRole("button", { name: "Console", exact: true }).click();
    await expectShown(page, "console>");
    const socket = await opened;
    const closed = socket.waitForEvent("close");
    const began = Date.now();
    await context.request.post("/sign-out", { maxRedirects: 0 });
    await closed;
    // A second, and what a busy machine takes.
    expect(Date.now() - began).toBeLessThan(1500);
    await expect(page.getByText("You are not signed in.")).toBeVisible();

    const session = await host.session("ada");
    const headers = { cookie: `console=${session}` };
    const { id } = await newest(host, below, session);
    const streams = [`${below}/api/events`, `${below}/api/processes/${id}/output?follow=true`];
    const answers = await Promise.all(streams.map((stream) => host.open("GET", stream, { headers })));
    const ended = answers.map((answer) => new Promise((resolve) => answer.resume().on("close", () => resolve(Date.now()))));
    await host.send("POST", "/sign-out", { headers });
    const left = Date.now();
    for (const end of ended) expect((await end) - left).toBeLessThan(1500);
    await host.call(below, "kill_process", { id, signal: "KILL" }, await host.session("ada"));
  });
}

// What the server functions of each file answer where there is no Execdeck.
const withoutExecdeck = {
  "api.rs": "This server runs no processes.",
  "api/people.rs": "This server does not know people.",
  "api/templates.rs": "This server has no templates.",
};

// The names of the server functions that a file declares; by default, of all.
async function functions(...files) {
  const names = async (file) => {
    const text = await readFile(new URL(`../../app/src/${file}`, import.meta.url), "utf8");
    return [...text.matchAll(/endpoint = "(\w+)"/g)].map(([, name]) => name);
  };
  return (await Promise.all((files.length ? files : Object.keys(withoutExecdeck)).map(names))).flat();
}

// Arguments that fit every function: each takes those that it knows.
function fitting(name) {
  const [id, spec, password] = ["019ac000-0000-7000-8000-00000000000f", { program: "true" }, "correct horse battery staple"];
  const person = name === "save_person" ? { name: "eve" } : "eve";
  const ofPeople = { name: "eve", password, code: "x", current: password, new: password, person, label: "x", credential: {}, ask: true };
  return { id, text: "x", spec, filter: {}, template: { name: "x", spec }, values: {}, ...ofPeople };
}

test("every route below every path refuses other sites and other host names", async ({ host }) => {
  const names = await functions();
  expect(names.length).toBeGreaterThanOrEqual(35);
  const process = "/api/processes/019ac000-0000-7000-8000-00000000000f";
  const upgrade = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-protocol": "execdeck.v1" };
  const reads = [`${process}/output`, "/api/events", "/api/audit?format=csv", "/api/openapi.json", "/api/nothing", "/pkg/x/embed.css", "/healthz", "/metrics", "/login"];
  const pages = ["/admin/exec", "/admin/exec/new", "/admin/exec/templates", "/admin/audit", "/admin/people", "/nowhere"];
  const routes = [
    ...names.map((name) => ["POST", `/api/${name}`, { "content-type": "application/json" }]),
    ...[...reads, ...pages].map((path) => ["GET", path, {}]),
    ["GET", `${process}/stream`, upgrade],
    ["POST", "/admin/exec/new", { "content-type": "application/x-www-form-urlencoded" }],
    ["PUT", "/api/events", {}],
  ];
  const cookie = `console=${await host.session("ada")}`;
  const strangers = [{ origin: "https://evil.example" }, { origin: "null" }, { origin: "http://localhost:1" }, { host: "evil.example" }, { "sec-fetch-site": "cross-site" }];
  for (const below of ["/deck", "/lab", "/far"]) {
    for (const stranger of strangers) {
      const answers = await Promise.all(routes.map(([method, path, headers]) => host.send(method, below + path, { headers: { cookie, ...headers, ...stranger } })));
      const admitted = routes.filter((_, at) => answers[at].status !== 403).map(([method, path]) => `${method} ${below}${path}`);
      expect(admitted, JSON.stringify(stranger)).toEqual([]);
    }
    const own = await host.send("POST", `${below}/api/whoami`, { headers: { cookie, origin: host.url, "content-type": "application/json" }, body: "{}" });
    expect(own.status, below).toBe(200);
  }
});

test("Execdeck's server functions are not at the host's root, and the host's are not below Execdeck", async ({ page, host }) => {
  const session = await host.session("ada");
  const before = await newest(host, "/deck", session);
  const headers = { cookie: `console=${session}`, "content-type": "application/json" };
  for (const [file, message] of Object.entries(withoutExecdeck)) {
    for (const name of await functions(file)) {
      const { status, text } = await host.send("POST", `/api/${name}`, { headers, body: JSON.stringify(fitting(name)) });
      expect([status, text], name).toEqual([500, JSON.stringify({ code: "unavailable", message })]);
    }
  }
  expect((await newest(host, "/deck", session))?.id).toBe(before?.id);

  await page.goto("/about");
  await page.locator("html[data-ready]").waitFor();
  const called = page.waitForRequest(/release_name/);
  await page.getByRole("button", { name: "Which release is out?" }).click();
  const own = new URL((await called).url()).pathname;
  expect(own).toMatch(/^\/api\/release_name/);
  for (const below of ["/deck", "/lab", "/far"]) expect((await host.send("POST", below + own, { headers, body: "{}" })).status, below).toBe(404);
});

test("a double click starts once, and a click after it once more; the keyboard keeps its place", async ({ context, page, host }) => {
  const session = await host.session("ada");
  await host.signIn(context, "ada");
  await page.goto("/");
  const count = async () => (await host.call("/deck", "list_processes", { filter: { name: "deploy", limit: 500 } }, session)).processes.length;
  const deploy = page.getByRole("button", { name: "Deploy", exact: true });
  await deploy.waitFor();
  const before = await count();
  await deploy.dblclick({ delay: 150 });
  await expect.poll(count).toBe(before + 1);
  await expect(page.getByText("Started deploy")).toBeVisible();
  // Later than a double click, and what it would have started would be there by now.
  await page.waitForTimeout(1500);
  expect(await count()).toBe(before + 1);
  await deploy.focus();
  await page.keyboard.press("Enter");
  await expect.poll(count).toBe(before + 2);
  await expect(deploy).toBeFocused();
});

test("without events the page says that it may be out of date, and no more once they come", async ({ context, page, host, tolerate }) => {
  tolerate(/api\/events|ERR_FAILED/);
  await host.signIn(context, "ada");
  await page.route("**/deck/api/events", (route) => route.abort());
  await page.goto("/");
  await expect(page.getByText("what is shown may be out of date")).toBeVisible();
  await page.unroute("**/deck/api/events");
  await expect(page.getByText("what is shown may be out of date")).toBeHidden();
});

test("two Execdecks in one page share nothing", async ({ context, page, host }) => {
  await host.signIn(context, "ada");
  await page.goto("/two");
  const [production, laboratory] = ["Production", "Laboratory"].map((name) => page.getByRole("region", { name }));
  await production.getByRole("button", { name: "Deploy", exact: true }).click();
  await expectShown(production, "fetched");
  await expect(laboratory.locator(".execdeck-terminal")).toHaveCount(0);
  const session = await host.session("ada");
  const here = (await newest(host, "/deck", session)).id;
  // Live: it was started elsewhere, after the page had loaded.
  const { id: there } = await host.call("/lab", "start_template", { id: CONSOLE }, session);
  await expect(laboratory.locator(`[data-id="${there}"]`)).toBeVisible();
  await expect(production.locator(`[data-id="${here}"]`)).toBeVisible();
  expect(await laboratory.locator(`[data-id="${here}"]`).count()).toBe(0);
  expect(await production.locator(`[data-id="${there}"]`).count()).toBe(0);
  await expect(host.call("/deck", "get_process", { id: there }, session)).rejects.toThrow(/404/);

  await laboratory.locator(`[data-id="${there}"]`).getByRole("button").click();
  await laboratory.locator(".execdeck-screen").click();
  await expectShown(laboratory, "console>");
  await page.keyboard.type("echo lab-$((1+1))\n");
  await expectShown(laboratory, "lab-2");
  expect(await shown(production)).not.toContain("lab");
  await host.call("/lab", "kill_process", { id: there, signal: "KILL" }, session);
});

// How elements look, apart from their place and size.
const looks = async (page, selectors) => {
  // Nothing that the pointer is over, and nothing on its way to another colour.
  await page.mouse.move(1, 1);
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
  return page.evaluate((selectors) => {
    const names = ["font", "color", "backgroundColor", "padding", "margin", "borderWidth", "borderRadius", "boxSizing", "cursor", "display", "letterSpacing", "lineHeight", "listStyle", "textAlign", "textDecorationLine"];
    return selectors.map((selector) => {
      const styles = getComputedStyle(document.querySelector(selector));
      return [selector, ...names.map((name) => `${name}: ${styles[name]}`)];
    });
  }, selectors);
};

test("the host's pages, function, files and styles stay as they are", async ({ context, page, host, tolerate }) => {
  tolerate(/404 .*\/nowhere/);
  await host.signIn(context, "ada");
  const own = ["body", "header", "header nav a[href='/two']", "header button", "main h1"];
  await page.goto("/about");
  await page.locator("html[data-ready]").waitFor();
  await page.getByRole("button", { name: "Which release is out?" }).click();
  await expect(page.getByRole("status")).toHaveText("2026.11 Aurora");
  const without = await looks(page, own);
  // Chromium calls the same automatic margin now 90, now 0 pixels.
  const place = async () => (({ x, width }) => [x, width])(await page.locator("main").boundingBox());
  const at = await place();

  await page.getByRole("link", { name: "Releases" }).click();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expectShown(page, "the release is out");
  expect(await looks(page, own)).toEqual(without);
  expect(await place()).toEqual(at);

  // The other way round: what the host's reset does to all elements does nothing to the components.
  const theirs = [".execdeck-primary", ".execdeck-quiet", ".execdeck-input", ".execdeck-list", ".execdeck-rows", ".execdeck-row", "button.execdeck-name", ".execdeck-state", ".execdeck-terminal", ".execdeck-bar", ".execdeck-screen"];
  await page.mouse.move(0, 0);
  // The host's font is taken over on purpose, unless this says otherwise.
  await page.addStyleTag({ content: ".execdeck { --execdeck-font: monospace; }" });
  const reset = await looks(page, theirs);
  await page.evaluate(() => (document.querySelector('link[href="/assets/style.css"]').disabled = true));
  expect(await looks(page, theirs)).toEqual(reset);

  const missing = await page.goto("/nowhere");
  expect(missing.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "The console has no such page" })).toBeVisible();
  expect((await host.send("GET", "/assets/release.txt")).text).toContain("Aurora");
});

for (const colorScheme of ["light", "dark"]) {
  test(`the page is accessible and fits into 360 px: ${colorScheme}`, async ({ newPage, host }) => {
    const page = await newPage({ colorScheme, viewport: { width: 360, height: 740 } });
    await host.signIn(page.context(), "ada");
    for (const path of ["/", "/two"]) {
      await page.goto(path);
      await page.getByRole("button", { name: "Deploy", exact: true }).first().click();
      await expectShown(page, "the release is out");
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 740 });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(serious.map(({ id, nodes }) => `${path} ${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} at ${width}`).toBeLessThanOrEqual(width);
      }
    }
  });
}

test("no page of the host violates its content security policy with a terminal in it", async ({ context, page, host }) => {
  const found = [];
  await context.exposeBinding("violated", (_, text) => found.push(text));
  await context.addInitScript(() => addEventListener("securitypolicyviolation", (event) => window.violated(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
  await host.signIn(context, "ada");
  await page.goto("/");
  await page.getByRole("button", { name: "Console", exact: true }).click();
  await expectShown(page, "console>");
  await page.locator(".execdeck-screen").click();
  await page.keyboard.type("printf '\\033[38;2;90;80;90mx\\n'; exit\n");
  await expect(page.locator(".execdeck-terminal .execdeck-state")).toHaveText(/exit 0/);
  expect(found).toEqual([]);
});

for (const { where, path } of ways) {
  test(`${where}: a terminal has its search, settings and question there, too`, async ({ context, page, host }) => {
    const violations = [];
    await context.exposeBinding("violated", (_, text) => violations.push(text));
    await context.addInitScript(() => addEventListener("securitypolicyviolation", (event) => window.violated(`${event.violatedDirective} ${event.blockedURI}`)));
    await host.signIn(context, "ada");
    await page.goto(path);
    await page.getByRole("button", { name: "Console", exact: true }).click();
    await expectShown(page, "console>");
    await page.locator(".execdeck-screen").click();
    await page.keyboard.press("Control+Shift+F");
    await expect(page.getByRole("searchbox", { name: "Search in the terminal" })).toBeFocused();
    await page.keyboard.type("console");
    await expect(page.getByRole("search").getByRole("status")).toHaveText(/^\d+ of \d+$/);
    await page.screenshot({ path: test.info().outputPath("search.png") });
    await page.keyboard.press("Escape");
    await page.locator(".execdeck-screen textarea").evaluate((textarea) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "echo $((6*7))x\necho $((7*7))y\n");
      textarea.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    const question = page.getByRole("dialog", { name: "Paste 2 lines?" });
    await question.getByRole("button", { name: "Paste" }).click();
    await expectShown(page, "49y");
    await page.getByRole("button", { name: "Settings of the terminal" }).click();
    const settings = page.getByRole("dialog", { name: "Terminal" });
    await settings.getByRole("combobox", { name: "Colours" }).selectOption("Dark");
    await expect.poll(() => page.locator(".execdeck-screen").evaluate((screen) => getComputedStyle(screen).backgroundColor)).toBe("rgb(11, 13, 17)");
    await page.screenshot({ path: test.info().outputPath("settings.png") });
    const { violations: found } = await new AxeBuilder({ page }).include(".term-dialog").analyze();
    expect(found.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.locator(".execdeck-terminal .execdeck-state")).not.toHaveText(/running|stopping/);
    expect(violations).toEqual([]);
  });
}
