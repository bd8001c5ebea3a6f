// Whatever a process is called, prints or fails with is text on every page: nothing of it runs, and nothing leads elsewhere.
import { password } from "../support/account.js";
import { expect, expectTerminal, test } from "../support/test.js";

// What breaks out of an element, an attribute, a title, a script, a comment, a textarea or a template, if anything does.
const whole =
  `"'><img src=/x onerror="window.ran=1"><script>window.ran=1</script></title></textarea></script><svg/onload=window.ran=1>` +
  "<a href=javascript:window.ran=1>-->{{constructor.constructor('window.ran=1')()}}${window.ran=1}<meta http-equiv=refresh content=0;url=/x>";
// As much of it as a name may have.
const markup = whole.slice(0, 190);
// A title, links that must not be followed, the clipboard, and questions that a terminal answers by itself.
const escapes = String.raw`printf '\033]0;</title><script>window.ran=1</script>\007\033]8;;javascript:window.ran=1\007press me\033]8;;\007\033]52;c;cndu\007\033[c\033[6n\033]10;?\007'`;

// The elements that this text would add to a page, and whether anything of it ran.
const harm = (page) =>
  page.evaluate(() => ({
    ran: window.ran,
    added: document.querySelectorAll('img[src="/x"], svg[onload], a[href^="javascript:"], meta[http-equiv]').length,
    // What the page was rendered from is a script's text, too, but as a string.
    scripts: [...document.scripts].filter((script) => script.text.startsWith("window.ran")).length,
    handlers: [...document.querySelectorAll("*")].filter((element) => element.getAttributeNames().some((name) => name.startsWith("on"))).length,
  }));

async function expectHarmless(page) {
  expect(await harm(page)).toEqual({ ran: undefined, added: 0, scripts: 0, handlers: 0 });
}

test("names, arguments, labels, output and errors are text on every page", async ({ page, newPage, server, tolerate }) => {
  const spec = { name: markup, args: ["-c", `${escapes}; echo "$0"; exec cat -vT`, whole], env: { HOSTILE: whole }, labels: { team: markup.slice(0, 100) } };
  const shown = await server.call("create_process", { spec: { program: "sh", ...spec, terminal: { cols: 300, rows: 24 } } });
  const failed = await server.call("create_process", { spec: { program: `/nowhere/${whole}`, cwd: "/", name: markup } });
  expect(failed.state).toBe("failed");
  const plain = await newPage({ javaScriptEnabled: false });

  const encoded = encodeURIComponent(whole);
  const paths = [
    "/admin/exec",
    `/admin/exec?name=${encoded}`,
    `/admin/exec?label=${encoded}`,
    `/admin/exec?state=${encoded}`,
    `/admin/exec/${shown.id}`,
    `/admin/exec/${failed.id}`,
    `/admin/exec/new?from=${shown.id}`,
    `/admin/exec/new?from=${encoded}`,
    `/admin/exec/${encoded}`,
    `/admin/${encoded}`,
    "/admin/account",
    "/admin/people",
  ];
  tolerate(/40[04] .*(%22|from=)/);
  tolerate(/status of 40[04]/);
  // Without JavaScript a page that stays for a while uses nothing of what it has preloaded.
  tolerate(/preloaded using link preload but not used/);
  for (const path of paths) {
    const response = await page.goto(path);
    expect(response.status(), path).toBeLessThan(500);
    await page.waitForLoadState("networkidle");
    await expectHarmless(page);
    await plain.goto(path);
    const html = await plain.content();
    expect(html, path).not.toMatch(/<img src="?\/x|<svg\/onload|<script>window|<a href="?javascript|<meta http-equiv="?refresh/);
    expect(new URL(plain.url()).pathname, path).not.toBe("/x");
  }
  await page.goto(`/admin/exec/${shown.id}`);
  await expectTerminal(page, "press me");
  await expectTerminal(page, "<script>window.ran=1</script></title>");
  expect(await page.title()).toContain("<img src=/x");
  // Nothing was typed back: what the process reads is shown by it.
  await server.call("write_input", { id: shown.id, text: "probe\n" });
  await expectTerminal(page, "probe");
  expect(await page.evaluate(() => document.querySelector(".term").session.text())).not.toContain("^[[");
  await expectHarmless(page);
});

test("what is typed into forms comes back as text, and so do their errors", async ({ page, browser, server, tolerate }) => {
  tolerate(/status of 40[0-9]|40[0-9] for/);
  await page.goto("/admin/exec/new");
  await page.getByLabel("Name", { exact: true }).fill(markup);
  await page.getByRole("textbox", { name: "Command" }).fill(`"unfinished ${whole.replaceAll('"', "")}`);
  await page.getByRole("button", { name: "Start" }).first().click();
  await expect(page.getByRole("alert").or(page.locator("[aria-invalid=true]")).first()).toBeVisible();
  await expectHarmless(page);
  await page.goto("/admin/people");
  const person = page.locator("form", { has: page.getByRole("heading", { name: "New person" }) });
  await person.getByLabel("Name", { exact: true }).fill(markup);
  await person.getByLabel("Password", { exact: true }).fill(password);
  await person.getByLabel("Password, again").fill(password);
  await person.getByRole("button", { name: "Add person" }).click();
  await expect(person.getByLabel("Name", { exact: true })).toHaveValue(markup);
  await expectHarmless(page);

  const context = await browser.newContext({ baseURL: server.url });
  const signedOut = await context.newPage();
  for (const path of [`/login?next=${encodeURIComponent(markup)}`, `/login?next=${encodeURIComponent(`/admin/${markup}`)}`, `/setup?code=${encodeURIComponent(markup)}`]) {
    await signedOut.goto(path);
    await expectHarmless(signedOut);
  }
  await signedOut.goto(`/login?next=${encodeURIComponent(`/admin/${markup}`)}`);
  await signedOut.getByLabel("Name", { exact: true }).fill(markup);
  await signedOut.getByLabel("Password", { exact: true }).fill("a wrong password");
  await signedOut.getByRole("button", { name: "Sign in" }).click();
  await expect(signedOut.getByText("The name or the password is wrong.")).toBeVisible();
  await expectHarmless(signedOut);
  await context.close();
});
