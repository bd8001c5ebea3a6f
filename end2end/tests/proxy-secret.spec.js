// A proxy on this machine that signs people in, and proves itself with a secret.
import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Nginx, readmeBlocks } from "../support/nginx.js";
import { Server } from "../support/server.js";
import { expect, test } from "../support/test.js";

test("nginx is believed because of its secret, and its neighbours are not", async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), "execdeck-secret-"));
  const secret = "c0ffee".repeat(10);
  await writeFile(join(folder, "secret"), `${secret}\n`, { mode: 0o600 });
  const config = `
    [server]
    trusted_proxies = ["127.0.0.1"]
    proxy_secret_file = "${join(folder, "secret")}"
    [access]
    proxy_header = "X-Remote-User"
    proxy_create = true
    proxy_default_role = "operator"
  `;
  const server = await Server.start({ config });
  const [example] = await readmeBlocks("nginx");
  const headers = `proxy_set_header X-Remote-User paula; proxy_set_header Execdeck-Proxy-Secret "${secret}";`;
  const nginx = await Nginx.start(example.replace("proxy_set_header Host", `${headers}\n    proxy_set_header Host`), server.url);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${nginx.port}/admin/exec`);
  await expect(page.locator(".person")).toHaveText("paula");
  await expect(page.locator(".link")).toContainText("Live");

  const whoami = (more) =>
    fetch(`${server.url}/api/whoami`, { method: "POST", headers: { "content-type": "application/json", "x-remote-user": "paula", ...more }, body: "{}" });
  for (const more of [{}, { "execdeck-proxy-secret": "guessed" }, { "x-forwarded-for": "127.0.0.1" }]) expect((await whoami(more)).status).toBe(401);
  expect((await whoami({ "execdeck-proxy-secret": secret })).status).toBe(200);
  await context.close();
  await nginx.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
