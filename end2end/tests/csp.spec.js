// The content security policy: no page violates its own, and it stops what it is for.
import { Server } from "../support/server.js";
import { expect, expectTerminal, test } from "../support/test.js";

// Collects the violations of every document that a context opens.
async function watch(context) {
  const found = [];
  await context.exposeBinding("violated", (_, text) => found.push(text));
  await context.addInitScript(() =>
    addEventListener("securitypolicyviolation", (event) => window.violated(`${location.pathname}: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)),
  );
  return found;
}

test("no page violates its own policy, the terminal included", async ({ context, page, server, tolerate, newPage }) => {
  tolerate(/^40[34] for|status of 40[34]/);
  const found = await watch(context);
  const colours = "i=0; while [ $i -lt 50 ]; do printf '\\033[38;2;%d;80;90m\\033[4mx\\033[0m\\360\\237\\230\\200\\n' $i; i=$((i+1)); done; echo drawn; sleep 97001";
  const { id } = await server.sh(colours, { name: "colours", terminal: { cols: 80, rows: 24 } });
  const log = await server.sh(colours.replace("sleep 97001", "exit 0"), { name: "coloured lines" });
  for (const path of ["/admin/exec", "/admin/exec/new", `/admin/exec/${id}`, `/admin/exec/${id}/stop`, `/admin/exec/${log.id}`, "/admin/account", "/admin/people", "/admin/nothing"]) {
    await page.goto(path);
    await expect(page.locator("main#main")).toBeVisible();
    if (path.endsWith(log.id)) await expectTerminal(page, "drawn");
  }
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  await page.getByRole("link", { name: "colours", exact: true }).click();
  await expectTerminal(page, "drawn");
  await page.locator(".term").click();
  await page.keyboard.type("typed");
  await expectTerminal(page, "typed");
  await page.getByRole("button", { name: "Details" }).click();
  await server.call("kill_process", { id, signal: "KILL" });
  await expect(page.locator(".strip .state")).toContainText("KILL");
  await page.goto("/admin/account");
  await page.getByRole("button", { name: "Sign out" }).isVisible();
  expect(found).toEqual([]);

  // Pages without a session.
  const anew = await Server.start({ anew: true });
  const stranger = await newPage({ baseURL: anew.url });
  const theirs = await watch(stranger.context());
  for (const path of ["/setup", "/login"]) await stranger.goto(path);
  await stranger.goto(`${server.url}/admin/exec`);
  expect(theirs).toEqual([]);
  await anew.kill();
});

test("a script that got into a page would not run, and could not send anything away", async ({ context, page, server, tolerate }) => {
  tolerate(/Content Security Policy|violates|CONNECTION_REFUSED|Refused to|ERR_BLOCKED_BY_CSP/);
  const found = await watch(context);
  const { id } = await server.sh("echo hello");
  const blocked = (path) => found.filter((text) => text.startsWith(`${path}: `) && /: (script-src|base-uri|connect-src|default-src)/.test(text));
  for (const path of ["/admin/exec", `/admin/exec/${id}`, "/admin/account"]) {
    await page.goto(path);
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const image = document.createElement("div");
      image.setAttribute("onclick", "window.ran = true");
      document.body.append(image);
      image.click();
      const base = document.createElement("base");
      base.href = "http://evil.example/";
      document.head.append(base);
      const sent = await fetch("http://127.0.0.1:1/", { mode: "no-cors" }).then(() => true, () => false);
      return { ran: window.ran ?? false, sent, base: document.baseURI.startsWith("http://evil") };
    });
    expect(ran, path).toEqual({ ran: false, sent: false, base: false });
    // The page reports them a moment later, and not at all once it has been left.
    await expect.poll(() => blocked(path).length, path).toBeGreaterThanOrEqual(3);
  }
});
