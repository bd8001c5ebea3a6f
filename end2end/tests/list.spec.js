import { expect, test, unreachable } from "../support/test.js";

test("the list is live: new processes come, states and ages change by themselves", async ({ page, server }) => {
  await page.goto("/admin/exec?q=livelist");
  await expect(page.getByText("No processes match")).toBeVisible();
  await expect(page.locator(".link")).toContainText("Live");
  const { id } = await server.sh("read x; exit 3", { name: "livelist", stdin: true });
  const row = page.locator(".row", { hasText: "livelist" });
  await expect(row).toContainText("running");
  await expect(row.locator(".row-duration")).toHaveText(/[1-9] s/);
  await server.call("write_input", { id, text: "\n" });
  await expect(row.locator(".state")).toContainText("exit 3");
  await row.hover();
  page.once("dialog", (dialog) => dialog.accept());
  await row.getByRole("button", { name: "Remove livelist" }).click();
  await expect(row).toHaveCount(0);
});

test("what happens while the page wakes up is not missed", async ({ page, server }) => {
  const { id } = await server.sh("read x; exit 4", { name: "wakeup", stdin: true });
  await page.route("**/pkg/*.wasm", async (route) => {
    await expect(page.locator(".row")).toContainText("running");
    await server.call("write_input", { id, text: "\n" });
    await expect.poll(async () => (await server.call("get_process", { id })).state).toBe("exited");
    await route.continue();
  });
  await page.goto("/admin/exec?q=wakeup");
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row .state")).toContainText("exit 4");
});

test("a row starts its process once more, secrets and all", async ({ page, server }) => {
  await server.sh("echo $TOKEN", { name: "rowstart", secret_env: { TOKEN: "kept" } });
  await page.goto("/admin/exec?q=rowstart");
  const rows = page.locator(".row", { hasText: "rowstart" });
  await expect(rows).toContainText("exit 0");
  await rows.hover();
  await rows.getByRole("button", { name: "Run again rowstart" }).click();
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("exit 0");
  const { processes } = await server.call("list_processes", { filter: { name: "rowstart" } });
  const output = await fetch(`${server.url}/api/processes/${processes[0].id}/output`);
  expect(await output.text()).toBe("kept\n");
});

test("a row stops its process and leads to running it again", async ({ page, server }) => {
  await server.sh("sleep 95001", { name: "rowstop" });
  await page.goto("/admin/exec?q=rowstop");
  const row = page.locator(".row", { hasText: "rowstop" });
  await row.hover();
  await row.getByRole("button", { name: "Stop rowstop" }).click();
  await expect(row).toContainText("killed by TERM");
  await row.getByRole("link", { name: "Edit and run rowstop" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("rowstop");
});

test("state and words narrow the list, and the address holds them", async ({ page, server }) => {
  for (const code of [0, 1]) await server.sh(`exit ${code}`, { name: `narrow ${code}`, labels: { team: "web" } });
  await page.goto("/admin/exec");
  await page.getByRole("searchbox").fill("narrow");
  await expect(page).toHaveURL(/q=narrow/);
  await expect(page.locator(".row")).toHaveCount(2);
  await page.getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/state%3Afailed/);
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row")).toContainText("narrow 1");
  await page.getByRole("searchbox").fill("state:asleep");
  await expect(page.getByText('unknown state "asleep"')).toBeVisible();
});

test("older processes come on demand", async ({ page, server }) => {
  for (let number = 0; number < 60; number++) await server.sh("exit 0", { name: `older ${number}` });
  await page.goto("/admin/exec?q=older");
  await expect(page.locator(".row")).toHaveCount(50);
  await page.getByRole("link", { name: "Show older" }).click();
  await expect(page.locator(".row")).toHaveCount(60);
  await expect(page.locator(".row").last()).toContainText("older 0");
});

test("the list comes back to the truth after the server was away", async ({ page, tolerate }) => {
  const { Server } = await import("../support/server.js");
  let own = await Server.start();
  tolerate(unreachable(own.url));
  await own.sh("sleep 2; exit 6", { name: "while away" });
  await page.goto(`${own.url}/admin/exec`);
  const row = page.locator(".row", { hasText: "while away" });
  await expect(row).toContainText("running");
  // The page's code comes from this server too: it must be there before the server goes.
  await expect(page.locator(".link")).toContainText("Live");
  const address = own.url.replace("http://", "");
  await own.kill();
  await expect(page.locator(".link")).toContainText("Reconnecting");
  own = await Server.start({ folder: own.folder, address });
  await expect(row.locator(".state")).toContainText("exit 6", { timeout: 30_000 });
  await own.stop();
});
