// Templates: an administrator makes them, and others start them with values of their own.
import AxeBuilder from "@axe-core/playwright";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, expectTerminal, test } from "../support/test.js";
import { arrive } from "../support/visitor.js";

// Saves a template as the administrator.
const save = (server, template) => server.call("save_template", { template });

const startPage = ({ id }, query = "") => `/admin/exec/templates/${id}/start${query}`;

const processes = async (server, name) => (await server.call("list_processes", { filter: { name } })).processes;

// Waits for the page of the process that a form has started.
const onProcess = (page) => page.waitForURL(/\/admin\/exec\/[0-9a-f-]{36}$/);

test("an administrator makes a template with every type of parameter, and an operator starts it, types and runs it again", async ({ browser, page, server }) => {
  // Eleven pages are loaded one after the other.
  test.slow();
  const folder = join(server.folder, "files");
  await mkdir(folder);
  await writeFile(join(folder, "one.log"), "");
  await page.goto("/admin/exec");
  await page.getByRole("link", { name: "Templates" }).click();
  await page.getByRole("link", { name: "New template" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Everything");
  await page.getByLabel("Description").fill("Prints what it gets, and asks once.");
  await page.getByLabel("Program", { exact: true }).fill("sh");
  const types = ["text", "integer", "choice", "choices", "file", "date", "flag"];
  const script = `printf '%s\\n' "$@"; read -r line; echo "got $line"`;
  await page.getByLabel("Arguments").fill(["-c", script, "sh", ...types.map((type) => `{{${type}}}`)].join("\n"));
  // What cannot be known yet is said while typing.
  await expect(page.getByText("There is no parameter text")).toBeVisible();
  for (const [index, type] of [...types, "secret"].entries()) {
    await page.getByRole("button", { name: "Add parameter" }).click();
    const row = page.locator("fieldset.parameter").nth(index);
    await expect(row.getByLabel("Name", { exact: true })).toBeFocused();
    await row.getByLabel("Name", { exact: true }).fill(type);
    await row.getByLabel("Label").fill(`The ${type}`);
    await row.getByLabel("Type").selectOption(type);
    if (type === "text") {
      await row.getByLabel("Pattern").fill("[a-z ]+");
      await row.getByLabel("Example").fill("an example");
      await row.getByLabel("required").check();
    }
    if (type === "integer") {
      await row.getByLabel("At least").fill("1");
      await row.getByLabel("At most").fill("9");
      await expect(row.getByLabel("Pattern")).toBeHidden();
    }
    if (type.startsWith("choice")) await row.getByLabel("Choices").fill("low\nhigh");
    if (type === "file") {
      await row.getByLabel("Folder").fill(folder);
      await row.getByLabel("Example").fill("one.log");
    }
    if (type === "flag") await row.getByLabel("Becomes").fill("--force");
  }
  await page.getByText("Environment").click();
  await page.getByRole("button", { name: "Add variable" }).click();
  await page.getByLabel("Name of variable 1").fill("TOKEN");
  await page.getByLabel("Value of variable 1").fill("{{secret}}");
  await page.getByLabel("secret", { exact: true }).check();
  const words = page.locator("[data-words] code");
  await expect(words.filter({ hasText: "an example" })).toBeVisible();
  await expect(words.last()).toHaveText("--force");
  await expect(words.nth(5)).toHaveText("1");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status")).toContainText("“Everything” was saved");

  const { context, page: theirs } = await arrive(browser, server, "operator", "/admin/exec");
  await expect(theirs.getByRole("link", { name: "New process" }).first()).toBeHidden();
  await theirs.getByRole("link", { name: "Templates" }).click();
  await expect(theirs.getByRole("link", { name: "New template" })).toHaveCount(0);
  await theirs.getByRole("link", { name: "Start… Everything" }).click();
  await theirs.getByLabel("The text").fill("some text");
  await theirs.getByLabel("The integer").fill("7");
  await theirs.getByRole("group", { name: "The choices" }).getByLabel("low").check();
  await theirs.getByRole("group", { name: "The choices" }).getByLabel("high").check();
  await theirs.getByRole("radio", { name: "high" }).check();
  await theirs.getByLabel("The file").selectOption("one.log");
  await theirs.getByLabel("The date").fill("2026-11-28");
  await theirs.getByLabel("The secret").fill("hunter2hunter2");
  await theirs.getByLabel("The flag").check();
  await expect(theirs.locator("[data-words] code").last()).toHaveText("--force");
  await theirs.getByRole("button", { name: "Start" }).click();
  await onProcess(theirs);
  await expectTerminal(theirs, ["some text", "7", "high", "low", "high", "one.log", "2026-11-28", "--force"].join("\n"));
  await theirs.locator(".term").click();
  await theirs.keyboard.type("hello\n");
  await expectTerminal(theirs, "got hello");
  await expect(theirs.locator(".strip .state")).toContainText("exit 0");
  const first = theirs.url();
  await theirs.getByRole("button", { name: "Run again Everything" }).click();
  await expect(theirs).not.toHaveURL(first);
  await expectTerminal(theirs, "some text");
  await theirs.getByRole("button", { name: "Stop Everything" }).click();
  await expect(theirs.locator(".strip .state")).toContainText("TERM");
  await theirs.getByRole("link", { name: "Run with other values" }).click();
  await expect(theirs.getByLabel("The text")).toHaveValue("some text");
  await expect(theirs.getByLabel("The flag")).toBeChecked();
  await expect(theirs.getByLabel("The secret")).toHaveValue("");
  await context.close();
});

test("a value that does not fit is named at its field, and the rest stays", async ({ browser, server, tolerate }) => {
  tolerate(/400 .*\/start$|status of 400/);
  const parameters = [{ name: "word", type: "text", pattern: "[a-z]+", required: true }, { name: "other", type: "text" }, { name: "token", type: "secret" }];
  const spec = { program: "printf", args: ["%s\\n", "{{word}}", "{{other}}"], secret_env: { TOKEN: "{{token}}" } };
  const template = await save(server, { name: "Picky", spec, parameters });
  const { context, page } = await arrive(browser, server, "operator", startPage(template));
  await page.getByLabel("word").fill("$(id)");
  await page.getByLabel("other").fill("; rm -rf /");
  await page.getByLabel("token").fill("hunter2hunter2");
  // Also said while typing.
  await expect(page.locator("[data-problem]")).toContainText("must match");
  await page.getByRole("button", { name: "Start" }).click();
  const word = page.getByLabel("word");
  await expect(page.getByRole("alert")).toContainText("must match");
  await expect(word).toHaveAttribute("aria-invalid", "true");
  await expect(word).toBeFocused();
  await expect(word).toHaveAccessibleDescription(/must match/);
  await expect(word).toHaveValue("$(id)");
  await expect(page.getByLabel("other")).toHaveValue("; rm -rf /");
  await expect(page.getByLabel("token")).toHaveValue("");
  await word.fill("fine");
  await page.getByRole("button", { name: "Start" }).click();
  await onProcess(page);
  await expectTerminal(page, "fine\n; rm -rf /");
  await context.close();
});

test("a link and a preset fill the form in and start nothing", async ({ browser, server }) => {
  const parameters = [{ name: "day", type: "date" }, { name: "host", type: "text" }];
  const spec = { program: "printf", args: ["%s\\n", "{{day}}", "{{host}}"] };
  const presets = [{ name: "web & more", values: { host: "web-1" } }];
  const template = await save(server, { name: "Linked", spec, parameters, presets });
  const { context, page } = await arrive(browser, server, "operator", startPage(template, "?day=2026-11-28&host=%24(id)&nothing=1"));
  await expect(page.getByLabel("day")).toHaveValue("2026-11-28");
  await expect(page.getByLabel("host")).toHaveValue("$(id)");
  await expect(page.getByRole("status")).toContainText("The link names “nothing”");
  await page.getByRole("link", { name: "web & more" }).click();
  await expect(page.getByLabel("host")).toHaveValue("web-1");
  await expect(page.getByRole("link", { name: "web & more" })).toHaveAttribute("aria-current", "true");
  expect(await processes(server, "Linked")).toEqual([]);
  await page.getByRole("button", { name: "Start" }).click();
  await onProcess(page);
  await expectTerminal(page, "web-1");
  await context.close();
});

test("a question is asked, a reason is asked for, and a double click starts once", async ({ browser, server, tolerate }) => {
  tolerate(/400 .*\/start$|status of 400/);
  const spec = { program: "sh", args: ["-c", 'test "$TOKEN" = hunter2hunter2 && echo "right: $1"', "sh", "{{word}}"], secret_env: { TOKEN: "{{token}}" } };
  const parameters = [{ name: "word", type: "text" }, { name: "token", type: "secret", required: true }];
  const template = await save(server, { name: "Unhurried", spec, parameters, confirm: "Really?", reason: "required" });
  const { context, page } = await arrive(browser, server, "operator", startPage(template));
  await page.getByLabel("word").fill("a 'word'");
  await page.getByLabel("token").fill("hunter2hunter2");
  await page.getByLabel("Reason").fill("   ");
  await page.getByRole("button", { name: "Start…" }).click();
  await expect(page.getByRole("alert")).toContainText("reason");
  await page.getByLabel("Reason").fill("because");
  await page.getByLabel("token").fill("hunter2hunter2");
  await page.getByRole("button", { name: "Start…" }).click();
  await expect(page.getByText("Really?")).toBeVisible();
  await page.getByRole("button", { name: "Change values" }).click();
  await expect(page.getByLabel("word")).toHaveValue("a 'word'");
  await page.getByLabel("token").fill("hunter2hunter2");
  await page.getByRole("button", { name: "Start…" }).click();
  expect(await processes(server, "Unhurried")).toEqual([]);
  await page.getByRole("button", { name: "Yes, start" }).dblclick();
  await onProcess(page);
  await expectTerminal(page, "right: a 'word'");
  expect((await processes(server, "Unhurried")).length).toBe(1);
  // Running it again asks the same.
  await page.getByRole("button", { name: "Run again Unhurried" }).click();
  await page.waitForURL(/\/start\?from=/);
  await expect(page.getByLabel("word")).toHaveValue("a 'word'");
  await expect(page.getByRole("status")).toContainText("Enter the secret and the reason once more.");
  await expect(page.getByLabel("token")).toBeFocused();
  expect((await processes(server, "Unhurried")).length).toBe(1);
  await context.close();
});

test("examples are imported and one is started, and templates are exported and imported", async ({ page, server }) => {
  await page.goto("/admin/exec/templates");
  const opened = page.getByText("Import and export");
  if (await opened.isVisible()) await opened.click();
  await page.getByRole("button", { name: "Import examples" }).click();
  await expect(page.getByRole("status")).toContainText("6 templates were imported.");
  await page.getByRole("searchbox").fill("disk usage");
  await page.keyboard.press("Enter");
  await expect(page.locator(".template")).toHaveCount(1);
  await page.getByRole("link", { name: "Start… Disk usage of a folder" }).click();
  await page.getByLabel("Folder").fill("/etc/apt");
  await page.getByRole("button", { name: "Start" }).click();
  await onProcess(page);
  await expectTerminal(page, "/etc/apt");

  await page.goto("/admin/exec/templates");
  await page.getByText("Import and export").click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export all as TOML" }).click();
  const file = await (await download).path();
  const [{ id }] = (await server.call("list_templates", {})).filter(({ name }) => name === "Follow a log file");
  await page.goto(`/admin/exec/templates/${id}`);
  await page.getByRole("button", { name: "Remove…" }).click();
  await expect(page.getByRole("heading", { name: "Remove Follow a log file?" })).toBeVisible();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("was removed");
  await page.getByText("Import and export").click();
  await page.getByLabel("File", { exact: true }).setInputFiles(file);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("imported");
  await expect(page.getByRole("heading", { name: "Follow a log file" })).toBeVisible();
});

test("two who edit a template lose nothing", async ({ page, server, tolerate }) => {
  tolerate(/409 .*\/templates\/|status of 409/);
  const template = await save(server, { name: "Shared", spec: { program: "true" }, parameters: [] });
  await page.goto(`/admin/exec/templates/${template.id}`);
  await save(server, { ...template, description: "theirs" });
  await page.getByLabel("Description").fill("mine");
  await page.getByRole("button", { name: "Save", exact: true }).last().click();
  await expect(page.getByRole("alert").filter({ hasText: "saved in the meantime" })).toBeVisible();
  await expect(page.getByLabel("Description")).toHaveValue("mine");
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByRole("status")).toContainText("was saved");
  expect((await server.call("get_template", { id: template.id })).description).toBe("mine");
});

test("what one may not do is not offered, and who is limited to a template sees nothing else", async ({ browser, page: mine, server }) => {
  const template = await save(server, { name: "Mine", spec: { program: "true" }, parameters: [] });
  await save(server, { name: "Not mine", spec: { program: "true" }, parameters: [] });
  const viewer = await arrive(browser, server, "viewer", "/admin/exec/templates");
  await expect(viewer.page.getByRole("heading", { name: "Not mine" })).toBeVisible();
  await expect(viewer.page.getByText("Start", { exact: false }).filter({ hasText: /^Start/ })).toHaveCount(0);
  expect((await viewer.page.request.get(startPage(template))).status()).toBe(403);
  await viewer.context.close();

  const operator = await arrive(browser, server, "operator", "/admin/exec/templates");
  await mine.goto("/admin/people");
  const entry = mine.getByRole("listitem").filter({ hasText: operator.name });
  await entry.getByText("Change", { exact: true }).click();
  await entry.getByLabel("Mine", { exact: true }).check();
  await entry.getByRole("button", { name: "Change limits" }).click();
  await expect(entry.getByText("1 template")).toBeVisible();
  await operator.page.reload();
  await expect(operator.page.locator(".template h2")).toHaveText(["Mine"]);
  // Nothing is asked for, so one click starts it.
  await operator.page.getByRole("button", { name: "Start Mine" }).click();
  await onProcess(operator.page);
  await expect(operator.page.locator(".strip .state")).toContainText("exit 0");
  await operator.context.close();
});

test("a process becomes a template", async ({ page, server }) => {
  const { id } = await server.sh("echo saved", { name: "to be saved" });
  await page.goto(`/admin/exec/${id}`);
  await page.getByRole("link", { name: "Save as template" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("to be saved");
  await expect(page.getByLabel("Arguments")).toHaveValue("-c\necho saved");
  await page.getByRole("button", { name: "Save", exact: true }).last().click();
  await page.getByRole("button", { name: "Start to be saved" }).click();
  await onProcess(page);
  await expectTerminal(page, "saved");
});

test("without JavaScript templates are made, previewed, started and removed", async ({ newPage, server, tolerate }) => {
  tolerate(/^csp for .*\/pkg\//);
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto("/admin/exec/templates/new");
  await page.getByLabel("Name", { exact: true }).fill("Plain");
  await page.getByLabel("Program", { exact: true }).fill("echo");
  await page.getByLabel("Arguments").fill("{{word}}");
  await page.getByRole("button", { name: "Add parameter" }).click();
  await page.locator("fieldset.parameter").getByLabel("Name", { exact: true }).fill("word");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator("[data-words] code")).toHaveText(["echo", "word"]);
  await page.getByRole("button", { name: "Save", exact: true }).last().click();
  await page.getByRole("link", { name: "Start… Plain" }).click();
  await page.getByLabel("word").fill("`id`");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator("[data-words] code")).toHaveText(["echo", "`id`"]);
  await page.getByRole("button", { name: "Start" }).click();
  await onProcess(page);
  await expect(page.locator(".details")).toContainText("echo");
  const [{ id, spec }] = await processes(server, "Plain");
  expect(spec.args).toEqual(["`id`"]);
  expect(page.url()).toContain(id);
});

test("the pages are accessible, fit a phone and show nothing that is typed as markup", async ({ newPage, server }) => {
  test.slow();
  const hostile = "<img src=x onerror=alert(1)>\"'";
  const parameters = ["text", "integer", "choice", "choices", "date", "secret", "flag"].map((type) => ({
    name: type,
    type,
    label: hostile,
    help: hostile,
    ...(type.startsWith("choice") ? { choices: [hostile, "averyveryverylongchoicethatdoesnotfitintooneline".repeat(3)] } : {}),
  }));
  const spec = { program: "printf", args: ["%s\\n", hostile, "{{text}}", "long".repeat(80)], secret_env: { TOKEN: "{{secret}}" }, labels: { team: hostile } };
  const presets = [{ name: hostile, values: { text: hostile } }];
  const template = await save(server, { name: hostile, description: hostile, spec, parameters, presets, confirm: hostile, reason: "optional" });
  const page = await newPage({ viewport: { width: 360, height: 740 } });
  const check = async (place) => {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      // Nothing on its way to another colour.
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
      expect(await page.evaluate(() => document.documentElement.scrollWidth), place).toBeLessThanOrEqual(360);
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${place} ${id}: ${nodes.map(({ html }) => html)}`)).toEqual([]);
      await expect(page.locator("img")).toHaveCount(0);
    }
  };
  for (const path of ["/admin/exec/templates", startPage(template, `?preset=${encodeURIComponent(hostile)}`), "/admin/exec/templates/new", `/admin/exec/templates/${template.id}`]) {
    await page.goto(path);
    await check(path);
  }
  await page.goto(startPage(template));
  await page.getByRole("textbox").first().fill(hostile);
  await expect(page.locator("[data-words] code").nth(3)).toHaveText(hostile);
  await page.getByRole("button", { name: "Start…" }).click();
  await expect(page.getByRole("heading", { name: `Start ${hostile}?` })).toBeVisible();
  await check("the question");
});
