// Everything below a path of a server's own, behind a proxy that hands on that path alone.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { Server } from "../support/server.js";
import { expect, expectTerminal, test as base } from "../support/test.js";

const PREFIX = "/tools/deck";

// Passes on what lies below the prefix, and answers everything else with 404 as another application would.
async function startProxy(upstream) {
  const { hostname, port } = new URL(upstream);
  const isOurs = (url) => url === PREFIX || url.startsWith(`${PREFIX}/`);
  const proxy = createServer((incoming, response) => {
    if (!isOurs(incoming.url)) return response.writeHead(404).end("another application");
    const { url: path, method, headers } = incoming;
    const outgoing = request({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  proxy.on("upgrade", ({ url, method, rawHeaders }, socket, head) => {
    if (!isOurs(url)) return socket.destroy();
    const outgoing = connect(port, hostname, () => {
      const lines = [`${method} ${url} HTTP/1.1`];
      for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      outgoing.write(`${lines.join("\r\n")}\r\n\r\n`);
      outgoing.write(head);
      socket.pipe(outgoing).pipe(socket);
    });
    outgoing.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("error", () => outgoing.destroy()).on("close", () => outgoing.destroy());
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  return proxy;
}

const test = base.extend({
  server: [
    async ({}, use) => {
      const server = await Server.start({ config: `[server]\nbase_path = "${PREFIX}"\n` });
      server.origin = server.url;
      server.url += PREFIX;
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => {
    const proxy = await startProxy(server.origin);
    await use(`http://127.0.0.1:${proxy.address().port}`);
    proxy.closeAllConnections();
    proxy.close();
  },
});

test("below a path a process is started, watched, typed into, stopped and removed", async ({ page }) => {
  await page.goto(`${PREFIX}/admin/exec`);
  await page.locator("html[data-ready]").waitFor();
  await expect(page.locator(".link")).toHaveText("Live");
  // Also what is opened in another tab, or copied.
  await expect(page.locator(`a[href^="/"]:not([href^="${PREFIX}/"])`)).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Processes", exact: true })).toHaveAttribute("aria-current", "page");
  await page.getByRole("link", { name: "New process" }).first().click();
  await expect(page).toHaveURL(`${PREFIX}/admin/exec/new`);
  await page.getByLabel("Command", { exact: true }).fill("sh -c 'echo ready; read line; echo got $line; sleep 95031'");
  await page.getByLabel("Name", { exact: true }).fill("below");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${PREFIX}/admin/exec/[0-9a-f-]{36}$`));
  await expectTerminal(page, "ready");
  await page.locator(".term").click();
  await page.keyboard.type("this\n");
  await expectTerminal(page, "got this");
  await page.getByRole("button", { name: "Stop below" }).click();
  await expect(page.getByRole("status").filter({ hasText: "TERM" }).first()).toBeVisible();
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Remove below" }).click();
  await expect(page).toHaveURL(`${PREFIX}/admin/exec`);
});

test("the theme is remembered for the path alone", async ({ page }) => {
  await page.goto(`${PREFIX}/admin/exec`);
  await page.locator("html[data-ready]").waitFor();
  await page.getByRole("button", { name: "Change theme" }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme", "auto");
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ path: PREFIX, sameSite: "Lax" });
});
