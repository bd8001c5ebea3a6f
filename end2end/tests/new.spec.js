import { expect, expectTerminal, test } from "../support/test.js";

const command = (page) => page.getByLabel("Command", { exact: true });

test("a program that does not exist says so, and can be mended and run again", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await command(page).fill("no-such-program --flag");
  await command(page).press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "Failed to start: No such file or directory: no-such-program" })).toBeVisible();
  await expect(page.locator(".strip .state")).toContainText("failed to start");
  await page.getByRole("link", { name: "Edit and run" }).click();
  await expect(command(page)).toHaveValue("no-such-program --flag");
  await command(page).fill("echo mended");
  await command(page).press("Enter");
  await expectTerminal(page, "mended");
});

test("errors stand next to their fields and nothing typed is lost", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await command(page).fill("echo 'open");
  await page.getByLabel("Name", { exact: true }).fill("kept");
  await page.getByLabel("Working directory").fill("relative");
  await page.getByText("Stopping and limits").click();
  await page.getByLabel("Timeout (seconds)").fill("soon");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.locator("[data-field=command]")).toContainText("Unclosed quote");
  await expect(page.locator("[data-field=cwd]")).toContainText("absolute path");
  await expect(page.locator("[data-field=timeout]")).toContainText("isn't a whole number");
  await expect(command(page)).toHaveValue("echo 'open");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("kept");
  await expect(command(page)).toHaveAttribute("aria-invalid", "true");
});

test("run again opens the form filled in, the environment and pipes included", async ({ page, server }) => {
  const { id } = await server.sh("echo $GREETING", { name: "greeter", env: { GREETING: "hello" }, secret_env: { TOKEN: "hunter2" }, stop: { signal: "INT", grace_seconds: 3 } });
  await page.goto(`/admin/exec/new?from=${id}`);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("greeter");
  await expect(page.getByLabel("Name of variable 1")).toHaveValue("GREETING");
  await expect(page.getByLabel("Value of variable 1")).toHaveValue("hello");
  await expect(page.getByLabel("Name of variable 2")).toHaveValue("TOKEN");
  await expect(page.getByLabel("Value of variable 2")).toHaveValue("");
  expect(await page.content()).not.toContain("hunter2");
  await page.getByLabel("Value of variable 1").fill("good day");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.locator("[data-field=variables]")).toContainText("Re-enter the value of TOKEN");
  await page.getByLabel("Value of variable 2").fill("hunter3");
  await page.getByRole("button", { name: "Start" }).click();
  await expectTerminal(page, "good day");
});

test("a recent command is one click away", async ({ page, server }) => {
  await server.sh("echo recent-one");
  await page.goto("/admin/exec/new");
  await page.locator(".recent").getByText("recent-one").first().click();
  await expect(command(page)).toHaveValue("sh -c 'echo recent-one'");
});

test("program and arguments can stand apart, and what was typed moves along", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await command(page).fill(`printf '%s|' 'a b' "it's"`);
  await page.getByText("Program and arguments", { exact: true }).click();
  await expect(command(page)).toBeHidden();
  await expect(page.getByLabel("Program", { exact: true })).toHaveValue("printf");
  const args = page.getByLabel("Arguments, one per line");
  await expect(args).toHaveValue("%s|\na b\nit's");
  await args.press("Control+End");
  await args.pressSequentially("\n$HOME 'x");
  await expect(page.locator(".words code")).toHaveText(["printf", "%s|", "a b", "it's", "$HOME 'x"]);
  await page.getByText("Command line", { exact: true }).click();
  await expect(page.locator(".words code")).toHaveText(["printf", "%s|", "a b", "it's", "$HOME 'x"]);
  await page.getByText("Program and arguments", { exact: true }).click();
  await args.press("Control+Enter");
  await expectTerminal(page, "a b|it's|$HOME 'x|");
});

test("what was typed before the page woke up is kept and shown as words", async ({ page }) => {
  await page.route("**/execdeck_bg.wasm", async (route) => {
    await page.getByLabel("Command", { exact: true }).fill("echo 'early bird'");
    await route.continue();
  });
  await page.goto("/admin/exec/new");
  await expect(page.locator(".words code")).toHaveText(["echo", "early bird"]);
  await expect(command(page)).toHaveValue("echo 'early bird'");
});

test("New process is an empty form, whatever the one before was filled in from", async ({ page, server }) => {
  const { id } = await server.sh("echo from-before", { name: "from-before", labels: { team: "ops" } });
  await page.goto(`/admin/exec/new?from=${id}`);
  await expect(command(page)).toHaveValue("sh -c 'echo from-before'");
  await page.locator("html[data-ready]").waitFor();
  await command(page).fill("echo typed over it");
  await page.getByRole("link", { name: "New process" }).click();
  await expect(page).toHaveURL(/\/new$/);
  await expect(command(page)).toHaveValue("");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("");
  await expect(page.getByLabel("Labels")).toHaveValue("");
  await command(page).press("Enter");
  await expect(page.locator("[data-field=command]")).toContainText("Type the command");
});

test("what only a shell would understand is pointed out, and a shell is one click away", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await page.locator("html[data-ready]").waitFor();
  for (const line of ["sh -c 'a | b'", "ls -l /tmp"]) {
    await command(page).fill(line);
    await expect(page.getByRole("button", { name: "Run through a shell" })).toBeHidden();
  }
  await command(page).fill("echo one two | wc -w");
  await expect(page.getByText("No shell is involved")).toBeVisible();
  await page.getByRole("button", { name: "Run through a shell" }).click();
  await expect(command(page)).toHaveValue("sh -c 'echo one two | wc -w'");
  await expect(command(page)).toBeFocused();
  await command(page).press("Enter");
  await expectTerminal(page, "2");
});

test("a secret is not shown while it is typed", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await page.locator("html[data-ready]").waitFor();
  await page.getByText("Environment").click();
  const value = page.getByLabel("Value of variable 1");
  await value.fill("hunter2");
  await expect(value).toHaveAttribute("type", "text");
  await page.getByLabel("secret").first().check();
  await expect(value).toHaveAttribute("type", "password");
  await expect(value).toHaveValue("hunter2");
});

test("each form has ids of its own, by which labels and errors are found", async ({ page, server }) => {
  const { id } = await server.sh("exit 0", { name: "ids" });
  await page.goto(`/admin/exec/new?from=${id}`);
  await page.locator("html[data-ready]").waitFor();
  const ids = () => page.locator(".form [id]").evaluateAll((elements) => elements.map(({ id }) => id));
  const missing = () => page.locator(".form [aria-describedby]").evaluateAll((fields) => fields.filter((field) => !document.getElementById(field.getAttribute("aria-describedby"))).length);
  const first = await ids();
  expect(await missing()).toBe(0);
  await page.getByRole("link", { name: "New process" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("");
  expect(await missing()).toBe(0);
  const second = await ids();
  expect(new Set([...first, ...second]).size).toBe(2 * first.length);
});

test("restarts, limits, user and sandbox are asked for as they are entered, and refused at their fields", async ({ page, tolerate }) => {
  tolerate(/400 .*\/api\/create_process$/);
  let field, sent;
  await page.route("**/api/create_process", (route) => {
    sent = route.request().postDataJSON().spec;
    return route.fulfill({ status: 400, json: { code: "bad_request", message: `No ${field} here.`, field } });
  });
  await page.goto("/admin/exec/new");
  await page.locator("html[data-ready]").waitFor();
  await command(page).fill("true");
  for (const group of ["Stopping and limits", "Restart policy", "User and sandbox"]) await page.getByText(group, { exact: true }).click();
  await expect(page.getByText("kept from Execdeck's own data")).toBeVisible();
  await page.getByLabel("Memory limit").fill("512 MiB");
  await page.getByLabel("CPU limit").fill("150");
  await page.getByLabel("Process limit").fill("20");
  await page.getByLabel("Restart", { exact: true }).selectOption("After a failure");
  await page.getByLabel("Maximum consecutive restarts").fill("7");
  await page.getByLabel("Initial delay").fill("3");
  await page.getByLabel("Start again after a reboot").check();
  await page.getByLabel("Run as").fill("www-data:adm");
  await page.getByLabel("Never gain more rights").check();
  await expect(page.getByLabel("Can use the network")).toBeHidden();
  await page.getByLabel("Sandbox").check();
  await page.getByLabel("Can use the network").uncheck();
  await page.getByLabel("Writable folders").fill("/srv/data\n/var/tmp");
  for (const [of, shown] of [
    ["limits.memory_bytes", "memory"],
    ["restart.at_boot", "at_boot"],
    ["run_as", "run_as"],
    ["sandbox", "sandbox"],
    ["sandbox.writable", "writable"],
  ]) {
    field = of;
    await page.getByRole("button", { name: "Start" }).click();
    await expect(page.locator(`[data-field=${shown}]`)).toHaveText(`No ${of} here.`);
    await expect(page.locator(`[name=${shown}]`)).toBeFocused();
  }
  expect(sent).toMatchObject({
    restart: { policy: "on_failure", max_restarts: 7, backoff_seconds: 3, at_boot: true },
    limits: { memory_bytes: 512 << 20, cpu_percent: 150, processes: 20 },
    run_as: "www-data:adm",
    no_new_privs: true,
    sandbox: { network: false, writable: ["/srv/data", "/var/tmp"] },
  });
});

test("the form is filled in with restarts as they were, and their group is open", async ({ page, server }) => {
  const restart = { policy: "on_failure", max_restarts: 4, backoff_seconds: 9, at_boot: false };
  const { id } = await server.sh("exit 0", { name: "restarted", restart });
  await page.goto(`/admin/exec/new?from=${id}`);
  await expect(page.getByLabel("Restart", { exact: true })).toHaveValue("on_failure");
  await expect(page.getByLabel("Maximum consecutive restarts")).toHaveValue("4");
  await expect(page.getByLabel("Initial delay")).toHaveValue("9");
  await expect(page.getByLabel("Run as")).toBeHidden();
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/exec\/[0-9a-f-]{36}$/);
  const again = await server.call("get_process", { id: page.url().split("/").pop() });
  expect(again.spec.restart).toEqual(restart);
});
