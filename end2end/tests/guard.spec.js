import { createServer } from "node:http";
import { expect, test } from "../support/test.js";

// A page of another site. To the browser, "localhost" and "127.0.0.1" are two sites.
async function openForeignPage(page) {
  const foreign = createServer((_, response) => response.setHeader("content-type", "text/html").end('<title>evil</title><link rel="icon" href="data:,">'));
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  await page.goto(`http://localhost:${foreign.address().port}/`);
  return foreign;
}

// Reads the status of each answer, by path: the browser knows it even where it keeps the answer from the page.
// A status may be reported before the request that it belongs to, so the two are put together when they are read.
async function recordStatuses(page) {
  const [paths, statuses] = [new Map(), new Map()];
  const devtools = await page.context().newCDPSession(page);
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => paths.set(requestId, new URL(request.url).pathname));
  devtools.on("Network.webSocketCreated", ({ requestId, url }) => paths.set(requestId, new URL(url).pathname));
  devtools.on("Network.webSocketFrameError", ({ requestId, errorMessage }) => statuses.set(requestId, Number(/response code: (\d+)/.exec(errorMessage)?.[1])));
  devtools.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => statuses.set(requestId, statusCode));
  await devtools.send("Network.enable");
  return () => Object.fromEntries([...paths].map(([id, path]) => [path, statuses.get(id)]));
}

test("a page of another site can neither start, read nor watch anything", async ({ page, server, tolerate }) => {
  tolerate(new RegExp(`//${new URL(server.url).host}/`));
  const { id } = await server.sh("sleep 95002");
  const foreign = await openForeignPage(page);
  const statuses = await recordStatuses(page);
  const output = `/api/processes/${id}/output`;
  const stream = `/api/processes/${id}/stream`;
  await page.evaluate(async ({ url, output, stream }) => {
    // What a browser sends to another site without asking it first: forms, plain reads and sockets.
    const body = new URLSearchParams({ command: "touch /tmp/execdeck-evil" });
    await fetch(`${url}/admin/exec/new`, { method: "POST", mode: "no-cors", body }).catch(() => {});
    await fetch(url + output, { mode: "no-cors" }).catch(() => {});
    await new Promise((resolve) => {
      const socket = new WebSocket(url.replace("http", "ws") + stream, "execdeck.v1");
      socket.onopen = socket.onerror = resolve;
    });
  }, { url: server.url, output, stream });
  await expect.poll(statuses).toEqual({ "/admin/exec/new": 403, [output]: 403, [stream]: 403 });

  // The same form once more, this time leading there.
  const answer = page.waitForResponse(`${server.url}/admin/exec/new`);
  await page.evaluate((url) => {
    const form = Object.assign(document.createElement("form"), { method: "POST", action: `${url}/admin/exec/new` });
    form.append(Object.assign(document.createElement("input"), { name: "command", value: "touch /tmp/execdeck-evil" }));
    document.body.append(form);
    form.submit();
  }, server.url);
  expect((await answer).status()).toBe(403);
  const { processes } = await server.call("list_processes", { filter: { name: "touch" } });
  expect(processes).toEqual([]);
  foreign.close();
});

test("a foreign host name is refused, as DNS rebinding would use it", async ({ server, playwright }) => {
  const request = await playwright.request.newContext();
  const response = await request.get(`${server.url}/admin/exec`, { headers: { host: "evil.example" } });
  expect(response.status()).toBe(403);
  expect(await response.text()).toContain("server.allowed_hosts");
});
