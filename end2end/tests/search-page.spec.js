// Searching the output of all processes.
import AxeBuilder from "@axe-core/playwright";
import { Server } from "../support/server.js";
import { arrive } from "../support/visitor.js";
import { expect, test } from "../support/test.js";

// A word that no other test prints.
const word = (name) => `${name}${Math.random().toString(36).slice(2)}`;

const field = (page) => page.getByRole("searchbox", { name: "Search for" });
const group = (page, name) => page.getByRole("region", { name });
const status = (page) => page.locator("#main").getByRole("status");
const ended = (server, { id }) => fetch(`${server.url}/api/processes/${id}/output?follow=true`, { headers: server.headers }).then((answer) => answer.arrayBuffer());

async function printed(server, script, spec) {
  const process = await server.sh(script, spec);
  await ended(server, process);
  return process;
}

test("a text is found in the output of several processes, and links lead to its lines", async ({ page, server }) => {
  const needle = word("needle");
  const [first, second] = [word("first"), word("second")];
  await printed(server, `seq 40; echo 'a <b>${needle}</b> 𝕏 ${needle.toUpperCase()}'; exit 3`, { name: first });
  const other = await printed(server, `seq 2; echo ${needle} >&2`, { name: `<img src=x> ${second}` });
  await page.goto("/admin/exec");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).click();
  await expect(field(page)).toBeFocused();
  await field(page).fill(needle);
  await page.keyboard.press("Enter");
  await expect(status(page)).toHaveText("2 matches in 2 processes");
  // What was left empty is not in the address.
  await expect(page).toHaveURL(new RegExp(`/admin/exec/search\\?q=${needle}$`));
  await expect(page.getByRole("heading", { level: 2 })).toHaveText([`<img src=x> ${second}`, first]);
  const found = group(page, first);
  await expect(found.locator(".state")).toHaveText("exit 3");
  await expect(found.locator(".state use")).toHaveAttribute("href", "#execdeck-icon-Cross");
  await expect(found.locator(".search-head time")).toHaveText(/^(just now|\d+ s ago|\d+ m ago)$/);
  await expect(found.locator("code")).toHaveText(`a <b>${needle}</b> 𝕏 ${needle.toUpperCase()}`);
  await expect(found.locator("mark")).toHaveText([needle, needle.toUpperCase()]);
  await expect(found.locator("li time")).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}$/);
  await expect(group(page, second).getByRole("link", { name: "Line 3, standard error" })).toBeVisible();

  await found.getByRole("link", { name: "Line 41" }).click();
  await expect(page).toHaveURL(/\/admin\/exec\/[0-9a-f-]{36}#L41$/);
  await expect(page.locator(".log-row[aria-current]").first()).toContainText(needle);
  // The way back searches again; so does loading the page anew.
  await page.goBack();
  await expect(status(page)).toHaveText("2 matches in 2 processes");
  await page.reload();
  await expect(status(page)).toHaveText("2 matches in 2 processes");
  await expect(field(page)).toHaveValue(needle);
  await page.getByLabel("Match case").check();
  await page.getByLabel("Name or command").fill(first);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(found.locator("mark")).toHaveText([needle]);
  await expect(status(page)).toHaveText("1 match in 1 process");
  await page.goBack();
  await expect(status(page)).toHaveText("2 matches in 2 processes");
  await expect(page.getByLabel("Match case")).not.toBeChecked();
  await group(page, second).getByRole("link", { name: second }).click();
  await expect(page).toHaveURL(new RegExp(`/admin/exec/${other.id}$`));
});

test("the processes to search are chosen by state, label and person", async ({ page, server }) => {
  const needle = word("needle");
  for (const [name, team, code] of [["ops failed", "ops", 1], ["ops done", "ops", 0], ["web failed", "web", 1]]) {
    await printed(server, `echo ${needle}; exit ${code}`, { name, labels: { team } });
  }
  const names = page.getByRole("heading", { level: 2 });
  await page.goto(`/admin/exec/search?q=${needle}`);
  await expect(names).toHaveText(["web failed", "ops done", "ops failed"]);
  await page.getByLabel("Label").fill("team=ops");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(names).toHaveText(["ops done", "ops failed"]);
  await page.getByLabel("State").selectOption({ label: "failed" });
  await page.getByRole("button", { name: "Search" }).click();
  await expect(names).toHaveText(["ops failed"]);
  await page.getByLabel("Started by").fill("nobody at all");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(status(page)).toHaveText("No processes match");
  await expect(page.getByText("0 processes, 0 B searched")).toBeHidden();
  await page.getByLabel("Started by").fill("");
  await page.getByLabel("Label").fill("=x");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(status(page)).toHaveText("No processes match");
});

test("without a connection the page and what was typed stay, and it searches again afterwards", async ({ context, page, server, tolerate }) => {
  tolerate(/ERR_INTERNET_DISCONNECTED|\/api\/search\?/);
  const needle = word("needle");
  await printed(server, `echo ${needle}`, { name: "found later" });
  await page.goto("/admin/exec/search");
  await context.setOffline(true);
  await field(page).fill(needle);
  await page.getByLabel("Match case").check();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server cannot be reached." })).toBeVisible();
  await expect(field(page)).toHaveValue(needle);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(status(page)).toHaveText("1 match in 1 process");
  await expect(page.getByRole("alert").filter({ hasText: "The server cannot be reached." })).toHaveCount(0);
});

test("each search is in the history of the tab, with its title and all that was asked for", async ({ page, server }) => {
  const [one, two] = [word("one"), word("two")];
  await printed(server, `echo ${one}; echo ${two}; exit 4`, { name: "history" });
  await page.goto("/admin/exec/search");
  await field(page).fill(one);
  await page.keyboard.press("Enter");
  await expect(page.locator("mark")).toHaveText([one]);
  await expect(page).toHaveTitle(`${one}, search output · Execdeck`);
  await field(page).fill(two);
  await page.getByLabel("State").selectOption({ label: "failed" });
  await page.getByLabel("Regular expression").check();
  await page.keyboard.press("Enter");
  await expect(page.locator("mark")).toHaveText([two]);
  await page.goBack();
  await expect(page.locator("mark")).toHaveText([one]);
  await expect(field(page)).toHaveValue(one);
  await expect(page.getByLabel("State")).toHaveValue("");
  await expect(page.getByLabel("Regular expression")).not.toBeChecked();
  await expect(page).toHaveTitle(`${one}, search output · Execdeck`);
  await page.goBack();
  await expect(page.getByText("Finds lines in all output that you may read")).toBeVisible();
  await expect(field(page)).toHaveValue("");
  await page.goForward();
  await page.goForward();
  await expect(page.locator("mark")).toHaveText([two]);
  await expect(page.getByLabel("State").locator("option:checked")).toHaveText("failed");
  await expect(page.getByLabel("Regular expression")).toBeChecked();
  await page.reload();
  await expect(page.locator("mark")).toHaveText([two]);
});

test("whoever is signed out meanwhile is led to where they sign in", async ({ browser, server, tolerate }) => {
  tolerate(/401 for .*\/api\/search|status of 401/);
  const { context, page } = await arrive(browser, server, "viewer", "/admin/exec/search");
  await context.clearCookies();
  await field(page).fill("anything");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/login\?/);
  await context.close();
});

test("the fields have one height and one line at every width", async ({ newPage }) => {
  for (const width of [1280, 640, 360]) {
    const page = await newPage({ viewport: { width, height: 740 } });
    await page.goto("/admin/exec/search");
    const boxes = await page.locator(".search-which :is(input, select)").evaluateAll((fields) =>
      fields.map((field) => [field.getBoundingClientRect().top - field.closest(".field").getBoundingClientRect().top, field.getBoundingClientRect().height]),
    );
    expect(boxes).toHaveLength(4);
    for (const box of boxes) expect(box, `at ${width} px`).toEqual(boxes[0]);
  }
});

test("a wrong regular expression is said at the field, and a right one finds", async ({ page, server, tolerate }) => {
  tolerate(/400 .*\/api\/search\?|status of 400/);
  const needle = word("needle");
  await printed(server, `echo ${needle}7; echo ${needle}x`, { name: "digits" });
  await page.goto("/admin/exec/search");
  await field(page).fill(`${needle}(`);
  await page.getByLabel("Regular expression").check();
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("alert")).toHaveText(`“${needle}(” is not a regular expression: unclosed group`);
  await expect(field(page)).toBeFocused();
  await expect(field(page)).toHaveAttribute("aria-invalid", "true");
  await field(page).fill(`${needle}\\d`);
  await expect(page.getByRole("alert")).toBeHidden();
  await page.keyboard.press("Enter");
  await expect(page.locator("mark")).toHaveText([`${needle}7`]);
});

test("many lines are shown bit by bit, and a long line around its match", async ({ page, server }) => {
  const needle = word("needle");
  await printed(server, `seq -f '${needle} %g' 1500`, { name: "many" });
  await printed(server, `seq -f '${needle} %g' 200`, { name: "all" });
  await page.goto(`/admin/exec/search?q=${needle}`);
  await expect(status(page)).toHaveText("More than 400 matches in 2 processes");
  await expect(group(page, "all").locator(".search-head")).toContainText(/200 matches$/);
  const many = group(page, "many");
  await expect(many.locator(".search-head")).toContainText("First 200 matches");
  const lines = many.locator("li:visible");
  await expect(lines).toHaveCount(20);
  await many.getByRole("button", { name: "Show 180 more" }).click();
  await expect(lines).toHaveCount(200);
  await expect(many.getByRole("link", { name: "Line 21", exact: true })).toBeFocused();
  // The log goes on from there.
  await many.getByRole("link", { name: "Search its log" }).click();
  await expect(page).toHaveURL(/#L200$/);
  await expect(page.locator(".log-current")).toContainText(`${needle} 200`);
  await expect(page.getByRole("searchbox", { name: "Search in the log" })).toHaveValue(needle);
  await page.getByRole("button", { name: "Next match" }).click();
  await expect(page.locator(".log-current")).toContainText(`${needle} 201`);

  const few = word("few");
  for (const name of ["a", "b", "c", "d", "e", "f"]) await printed(server, `seq -f '${few} %g' 300`, { name: `${few} ${name}` });
  await page.goto(`/admin/exec/search?q=${few}`);
  await expect(status(page)).toHaveText("First 1,000 matches found; narrow the search");
  await expect(page.getByText("First 200 matches")).toHaveCount(5);

  const rare = word("rare");
  await printed(server, `head -c 30000 /dev/zero | tr '\\0' x; printf ${rare}; head -c 30000 /dev/zero | tr '\\0' y`, { name: "long" });
  await page.goto(`/admin/exec/search?q=${rare}`);
  await expect(page.locator("mark")).toHaveText([rare]);
  await expect(page.locator("code")).toHaveText(/^…x{120}rare\w+y+…$/);
});

test("a search says how far it is, and ends when it is told to", async ({ page }) => {
  const server = await Server.start();
  const processes = [];
  for (let count = 0; count < 3; count++) processes.push(await server.sh("yes 'nothing to be found in this line' | head -c 80000000", { name: `big ${count}` }));
  for (const process of processes) await ended(server, process);
  await page.goto(`${server.url}/admin/exec/search?regex=true&q=${encodeURIComponent("(n.*){6}x")}`);
  await expect(page.getByText(/^\d of 3 processes, [\d.]+ MB searched$/)).toBeVisible();
  const left = page.waitForEvent("requestfailed", (request) => request.url().includes("/api/search"));
  await page.getByRole("button", { name: "Stop" }).click();
  await left;
  await expect(status(page)).toHaveText("Stopped: 0 matches");
  await expect(status(page)).toBeFocused();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
  await server.stop();
});

test("a server that goes away is said, and what was found stays", async ({ page, tolerate }) => {
  const server = await Server.start();
  tolerate(new RegExp(`//${new URL(server.url).host}/`));
  const needle = word("needle");
  const big = await server.sh("yes 'nothing to be found in this line' | head -c 200000000", { name: "big" });
  await ended(server, big);
  await printed(server, `echo ${needle}`, { name: "newest" });
  await page.goto(`${server.url}/admin/exec/search?regex=true&q=${encodeURIComponent(`${needle}|(n.*){6}x`)}`);
  await expect(page.locator("mark")).toHaveText([needle]);
  await server.kill();
  await expect(page.getByRole("alert").filter({ hasText: "The search was cut off." })).toBeVisible();
  await expect(page.locator("mark")).toHaveText([needle]);
  const again = await Server.start({ folder: server.folder });
  await again.stop();
});

test("secrets are neither found nor shown", async ({ page, server }) => {
  const [needle, secret] = [word("needle"), word("secret")];
  await printed(server, `echo ${needle} $TOKEN`, { name: "hiding", secret_env: { TOKEN: secret } });
  await page.goto(`/admin/exec/search?q=${secret}`);
  await expect(status(page)).toHaveText("No matches");
  await page.goto(`/admin/exec/search?q=${needle}`);
  await expect(page.locator("code")).toContainText(`${needle} •`);
  await expect(page.locator("code")).not.toContainText(secret);
});

test("whoever is limited to a label finds nothing of others", async ({ browser, server }) => {
  const needle = word("needle");
  for (const team of ["ops", "dev"]) await printed(server, `echo ${needle}`, { name: `of ${team}`, labels: { team } });
  const { name, context, page } = await arrive(browser, server, "viewer", "/admin/exec");
  await server.call("save_person", { person: { name, grants: { labels: { team: "ops" } } } });
  await page.goto(`/admin/exec/search?q=${needle}`);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["of ops"]);
  await expect(status(page)).toHaveText("1 match in 1 process");
  await context.close();
});

test("the list leads to the search with what its field says, and so does Ctrl K", async ({ page, server }) => {
  const needle = word("needle");
  await printed(server, `echo ${needle}; exit 2`, { name: "unsuccessful", labels: { team: "ops" } });
  await page.goto(`/admin/exec?q=${encodeURIComponent(`state:failed label:team=ops ${needle}`)}`);
  await page.locator("html[data-ready]").waitFor();
  await page.getByRole("button", { name: "View", exact: true }).click();
  await page.getByRole("link", { name: "Search in output" }).click();
  await expect(page.locator("mark")).toHaveText([needle]);
  await expect(page.getByLabel("State").locator("option:checked")).toHaveText("failed");
  await expect(page.getByLabel("Label")).toHaveValue("team=ops");
  await page.goto("/admin/exec");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a command, a process or a template" }).fill("search all output");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/exec\/search$/);
});

test("without JavaScript the page says what it needs", async ({ newPage }) => {
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto("/admin/exec/search?q=anything&regex=true");
  await expect(page.getByText("Searching needs JavaScript")).toBeVisible();
  await expect(field(page)).toHaveValue("anything");
  await expect(page.getByLabel("Regular expression")).toBeChecked();
});

test("the search is accessible and fits a phone", async ({ newPage, server }) => {
  const needle = word("needle");
  const name = "with a long name that has to be broken somewhere ".repeat(3);
  await printed(server, `echo ${"long".repeat(60)}${needle}; echo ${needle} >&2; seq -f '${needle} %g' 30; exit 1`, { name });
  await printed(server, `echo ${needle}`, { name: "short" });
  for (const width of [360, 1280]) {
    const page = await newPage({ viewport: { width, height: 740 } });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const query of ["", `?q=${needle}`, "?q=nowhere-to-be-found"]) {
        await page.goto(`/admin/exec/search${query}`);
        if (query) await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      }
    }
  }
});

test("the lines around a match are shown on demand, and an output that is gone says so", async ({ page, server, tolerate }) => {
  const [needle, name] = [word("needle"), word("around")];
  const { id } = await printed(server, `seq 8; printf '\\033[31mred\\033[0m\\n'; echo ${needle}; echo oops >&2; seq 3`, { name });
  await page.goto(`/admin/exec/search?q=${needle}`);
  await expect(status(page)).toHaveText("1 match in 1 process");
  const around = page.getByRole("button", { name: "Show the lines around line 10" });
  await around.click();
  const lines = (place) => page.getByRole("list", { name: `Lines ${place} line 10` }).getByRole("listitem");
  await expect(lines("before").locator("code")).toHaveText(["7", "8", "red"]);
  await expect(lines("after")).toHaveCount(3);
  await expect(lines("after").locator(".search-number")).toHaveText(["11", "12", "13"]);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await around.click();
  await expect(page.locator(".search-context")).toHaveCount(0);
  await server.call("remove_process", { id });
  tolerate(/404 .*\/lines/);
  await around.press("Enter");
  await expect(page.getByRole("alert")).toContainText("There is no process");
  await expect(around).toHaveAttribute("aria-expanded", "false");
});
