// The README's pictures, taken from the real app: `make screenshots`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import config from "./playwright.config.js";
import { signIn } from "./support/cookies.js";
import createAccount from "./support/global-setup.js";
import { Server } from "./support/server.js";

const browser = await chromium.launch(config.use.launchOptions);
const removeAccount = await createAccount();
const server = await Server.start();
const cwd = await mkdtemp(join(tmpdir(), "screenshots-"));
const scripts = {
  "api.sh": "i=0; while :; do i=$((i+1)); printf '\\033[32m[info]\\033[0m GET /orders/%d \\033[33m%d ms\\033[0m\\n' $i $((i*7%90)); sleep 0.05; done",
  "migrate.sh": "echo 'migration 42 failed' >&2; exit 3",
  "backup.sh": "echo copied 1204 files; exit $1",
  "images.sh": "printf 'resizing 1204 images: 42 %%'; sleep 600",
};
for (const [name, text] of Object.entries(scripts)) await writeFile(join(cwd, name), text);
const run = (name, args, spec) => server.call("create_process", { spec: { program: "sh", args, cwd, name, ...spec } });
for (const code of [0, 0, 1, 0]) await run("nightly backup", ["backup.sh", `${code}`], { labels: { team: "ops" } });
await run("migrate", ["migrate.sh"], { labels: { team: "web" } });
await server.call("create_process", { spec: { program: "convert-logs", args: ["--all"] } });
await run("resize images", ["images.sh"], { labels: { team: "web" } });
const api = await run("api server", ["api.sh", "--port", "8080"], { labels: { team: "web" }, terminal: { cols: 100, rows: 30 } });
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
  if (name.startsWith("list")) {
    await page.getByRole("progressbar").waitFor();
    await page.locator(".run").first().waitFor();
  }
  if (name.startsWith("detail")) await page.waitForFunction(() => document.querySelector(".term").session?.text().includes("orders/40 "));
  await page.screenshot({ path: new URL(`../docs/${name}.png`, import.meta.url).pathname });
  await context.close();
}
await server.stop();
await browser.close();
await removeAccount();
await rm(cwd, { recursive: true });
