import { expect, expectTerminal, test } from "../support/test.js";

const command = (page) => page.getByLabel("Command", { exact: true });

test("a program that does not exist says so, and can be mended and run again", async ({ page }) => {
  await page.goto("/admin/exec/new");
  await command(page).fill("no-such-program --flag");
  await command(page).press("Enter");
  await expect(page.getByText("Failed to start: No such file or directory: no-such-program")).toBeVisible();
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
  await page.getByLabel("Timeout, seconds").fill("soon");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.locator("#command-error")).toContainText("quote is not closed");
  await expect(page.locator("#cwd-error")).toContainText("absolute path");
  await expect(page.locator("#timeout-error")).toContainText("isn't a whole number");
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
  await expect(page.locator("#variables-error")).toContainText("Type the value of TOKEN again");
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
  await page.route("**/pkg/*.wasm", async (route) => {
    await page.locator("#command").fill("echo 'early bird'");
    await route.continue();
  });
  await page.goto("/admin/exec/new");
  await expect(page.locator(".words code")).toHaveText(["echo", "early bird"]);
  await expect(command(page)).toHaveValue("echo 'early bird'");
});
