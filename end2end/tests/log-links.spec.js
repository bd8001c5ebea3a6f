// Links in the lines of the log: those that look like addresses, and those of the program.
import { open, row, text } from "../support/log.js";
import { expect, test } from "../support/test.js";

const links = (page, number) => text(page, number).locator("a").evaluateAll((all) => all.map((link) => [link.textContent, link.getAttribute("href")]));

test("addresses in lines are links without the punctuation around them", async ({ page, server }) => {
  await open(
    page,
    server,
    String.raw`cat <<'END'
See https://example.org/a_(b), or (http://example.org:8080/x?q=[1]&r=2). Write to mailto:ada@example.org!
"https://example.org/quoted" <https://example.org/angled> 'https://example.org/single', https://[::1]:3000/…
nothttp://example.org javascript:alert(1) file:///etc/passwd ftp://example.org http:// https:///x mailto:nobody
{"url": "https://example.org/json", "next": "https://example.org/escaped\n"}
END
printf 'run \033[32mhttps://exa\033[1;33mmple.org/\033[0mpath end\n'`,
  );
  await expect(text(page, 5)).toHaveText("run https://example.org/path end");
  expect(await links(page, 1)).toEqual([
    ["https://example.org/a_(b)", "https://example.org/a_(b)"],
    ["http://example.org:8080/x?q=[1]&r=2", "http://example.org:8080/x?q=[1]&r=2"],
    ["mailto:ada@example.org", "mailto:ada@example.org"],
  ]);
  expect((await links(page, 2)).map(([shown]) => shown)).toEqual(["https://example.org/quoted", "https://example.org/angled", "https://example.org/single", "https://[::1]:3000/"]);
  expect(await links(page, 3)).toEqual([]);
  expect((await links(page, 4)).map(([shown]) => shown)).toEqual(["https://example.org/json", "https://example.org/escaped"]);
  expect(await links(page, 5)).toEqual([["https://example.org/path", "https://example.org/path"]]);
  expect(await text(page, 5).locator("a span").count()).toBe(2);
  const web = text(page, 1).locator("a").first();
  await expect(web).toHaveAttribute("rel", "noopener noreferrer");
  await expect(web).toHaveAttribute("target", "_blank");
  await expect(web).toHaveAttribute("title", "https://example.org/a_(b)");
  expect(await text(page, 1).locator("a").last().getAttribute("target")).toBeNull();
});

test("a link opens a tab that learns nothing of this one, by mouse and keyboard, and opens no JSON", async ({ page, context, server }) => {
  await open(page, server, `echo '{"at": "${server.url}/healthz"}'`);
  const link = text(page, 1).locator("a");
  for (const follow of [() => link.click(), () => link.press("Enter")]) {
    const [tab] = await Promise.all([context.waitForEvent("page"), follow()]);
    await tab.waitForLoadState();
    expect(tab.url()).toBe(`${server.url}/healthz`);
    expect(await tab.evaluate(() => [window.opener, document.referrer])).toEqual([null, ""]);
    await tab.close();
  }
  await expect(row(page, 1).getByRole("button", { name: "Expand JSON" })).toBeVisible();
});

test("links of the program lead only to harmless addresses, which their titles say", async ({ page, server }) => {
  const link = (address, shown) => String.raw`\033]8;id=1;${address}\033\\${shown}\033]8;;\033\\`;
  const script = `printf '${link("https://example.org/real", String.raw`\033[31mre\033[0mport`)} ${link("javascript:alert(1)", "script")} ${link("file:///etc/passwd", "file")} ${link("data:text/html,x", "data")}\\n'
printf '${link("https://b\u00fccher.example/", "https://example.com/")} mail ${link("mailto:ada@example.org", "ada")}\\n'
printf ' 10 %%\\r${link("https://example.org/done", "done")}\\033[K\\n'; printf '\\033]8;;https://example.org/open\\033\\\\open\\n'; echo after`;
  await open(page, server, script);
  await expect(text(page, 5)).toHaveText("after");
  expect(await links(page, 1)).toEqual([["report", "https://example.org/real"]]);
  await expect(text(page, 1)).toHaveText("report script file data");
  expect(await links(page, 2)).toEqual([
    ["https://example.com/", "https://xn--bcher-kva.example/"],
    ["ada", "mailto:ada@example.org"],
  ]);
  await expect(text(page, 2).locator("a").first()).toHaveAttribute("title", "https://xn--bcher-kva.example/");
  expect(await links(page, 3)).toEqual([["done", "https://example.org/done"]]);
  expect(await links(page, 4)).toEqual([["open", "https://example.org/open"]]);
  expect(await links(page, 5)).toEqual([]);
});

test("lines full of links open like any other", async ({ page, server }) => {
  // 64 KiB each: many links; one long address; brackets without end; what begins like an address again and again.
  const script = String.raw`awk 'BEGIN { for (i = 0; i < 6000; i++) printf "http://a/ "; print ""; printf "https://a/"; for (i = 0; i < 60000; i++) printf "x"; print ""
printf "https://a/"; for (i = 0; i < 60000; i++) printf ")"; print ""; for (i = 0; i < 9000; i++) printf "http:/"; print ""
for (i = 0; i < 2400; i++) printf "\033]8;;http://b/\033\\\\l\033]8;;\033\\\\ "; print "" }'; echo "the end"`;
  await open(page, server, script);
  await expect(text(page, 6)).toHaveText("the end");
  const begin = Date.now();
  for (const number of [1, 2, 3, 4, 5]) await row(page, number).getByRole("button", { name: /^Show/ }).click();
  await expect(text(page, 1).locator("a")).toHaveCount(6000);
  await expect(text(page, 5).locator("a")).toHaveCount(2400);
  for (const number of [2, 3, 4]) expect(await links(page, number)).toEqual([]);
  expect(Date.now() - begin).toBeLessThan(20_000);
});

test("a link that is cut by the end of what is shown leads to all of its address", async ({ page, server }) => {
  await open(page, server, "head -c 1990 /dev/zero | tr '\\0' ' '; echo https://example.org/the/whole/path; ");
  await expect(row(page, 1).getByRole("button", { name: /^Show all/ })).toBeVisible();
  expect(await links(page, 1)).toEqual([["https://ex", "https://example.org/the/whole/path"]]);
});
