// The README's nginx example, as it stands there, in front of a server with the README's configuration.
import config from "../playwright.config.js";
import { password } from "../support/account.js";
import { Nginx, readmeBlocks } from "../support/nginx.js";
import { Server } from "../support/server.js";
import { expect, expectTerminal, test as base } from "../support/test.js";

const test = base.extend({
  launchOptions: [
    async ({}, use) => {
      const { launchOptions } = config.use;
      await use({ ...launchOptions, args: [...launchOptions.args, "--host-resolver-rules=MAP deck.example.org 127.0.0.1"] });
    },
    { scope: "worker" },
  ],
  server: [
    async ({}, use) => {
      const [settings] = await readmeBlocks("toml");
      const server = await Server.start({ config: settings });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => {
    const [example] = await readmeBlocks("nginx");
    const nginx = await Nginx.start(example, server.url);
    await use(`https://deck.example.org:${nginx.port}`);
    await nginx.stop();
  },
});

test.use({ ignoreHTTPSErrors: true });

test("behind nginx one signs in, and a process is started, watched, typed into and stopped", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto("/admin/exec/new");
  await page.getByLabel("Name", { exact: true }).fill("ada");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/exec\/new$/);
  const session = (await context.cookies()).find(({ name }) => name === "__Host-execdeck");
  expect(session).toMatchObject({ secure: true, httpOnly: true, sameSite: "Lax", path: "/" });
  await page.locator("html[data-ready]").waitFor();
  await page.getByLabel("Command", { exact: true }).fill("sh -c 'echo ready; read line; echo got $line; sleep 95008'");
  await page.getByLabel("Name", { exact: true }).fill("proxied");
  await page.keyboard.press("Enter");
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  await page.keyboard.type("this\n");
  await expectTerminal(page, "got this");

  await page.goto("/admin/exec?q=proxied");
  await expect(page.locator(".link")).toContainText("Live");
  await page.locator(".row", { hasText: "proxied" }).hover();
  await page.getByRole("button", { name: "Stop proxied" }).click();
  await expect(page.locator(".row", { hasText: "proxied" })).toContainText("TERM");

  // As much input as the server takes, and more than nginx takes by itself.
  const status = await page.evaluate(async () => {
    const call = (name, body) => fetch(`/api/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const { id } = await (await call("create_process", { spec: { program: "sleep", args: ["95060"], stdin: true } })).json();
    const { status } = await call("write_input", { id, text: "x".repeat(2 << 20) });
    await call("kill_process", { id, signal: "KILL" });
    return status;
  });
  expect(status).toBe(200);
  await context.close();
});
