// The README's pictures, taken from the real app: `make screenshots`.
import { chromium } from "@playwright/test";
import config from "./playwright.config.js";
import { signIn } from "./support/cookies.js";
import createAccount from "./support/global-setup.js";
import { Server } from "./support/server.js";

const browser = await chromium.launch(config.use.launchOptions);
const removeAccount = await createAccount();
const server = await Server.start();
await server.sh("echo copied 1204 files; exit 0", { name: "nightly backup", labels: { team: "ops" } });
await server.sh("echo 'migration 42 failed' >&2; exit 3", { name: "migrate", labels: { team: "web" } });
await server.call("create_process", { spec: { program: "convert-logs", args: ["--all"] } });
const api = await server.sh("i=0; while :; do i=$((i+1)); printf '\\033[32m[info]\\033[0m GET /orders/%d \\033[33m%d ms\\033[0m\\n' $i $((i*7%90)); sleep 0.05; done", {
  name: "api server",
  labels: { team: "web" },
  terminal: { cols: 100, rows: 30 },
});
const stopped = await server.call("create_process", { spec: { program: "sleep", args: ["600"], name: "port forward" } });
await server.call("kill_process", { id: stopped.id });
for (const [colorScheme, path, name] of [
  ["light", "/admin/exec", "list-light"],
  ["dark", `/admin/exec/${api.id}`, "detail-dark"],
]) {
  const context = await signIn(await browser.newContext({ colorScheme, viewport: { width: 1280, height: 640 } }));
  const page = await context.newPage();
  await page.goto(server.url + path);
  await page.locator(".link.live").waitFor();
  if (name.startsWith("detail")) await page.waitForFunction(() => document.querySelector(".term").session?.text().includes("orders/40 "));
  await page.screenshot({ path: new URL(`../docs/${name}.png`, import.meta.url).pathname });
  await context.close();
}
await server.stop();
await browser.close();
await removeAccount();
