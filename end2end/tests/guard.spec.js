import { createServer } from "node:http";
import { expect, test } from "../support/test.js";

test.use({ tolerated: /ERR_BLOCKED_BY_RESPONSE|CORS policy|ERR_FAILED/ });

test("a page of another origin can neither start, read nor watch anything", async ({ page, server }) => {
  const { id } = await server.sh("sleep 95002");
  const foreign = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>evil</title>"));
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  await page.goto(`http://localhost:${foreign.address().port}/`);
  const outcome = await page.evaluate(async ({ url, id }) => {
    const body = JSON.stringify({ spec: { program: "touch", args: ["/tmp/execdeck-evil"] } });
    await fetch(`${url}/api/create_process`, { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body }).catch(() => {});
    const read = await fetch(`${url}/api/processes/${id}/output`).then(() => "read", () => "refused");
    const socket = await new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/api/processes/${id}/stream`, "execdeck.v1");
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    });
    return { read, socket };
  }, { url: server.url, id });
  foreign.close();
  expect(outcome).toEqual({ read: "refused", socket: "refused" });
  const { processes } = await server.call("list_processes", { filter: { name: "execdeck-evil" } });
  expect(processes).toEqual([]);
});

test("a foreign host name is refused, as DNS rebinding would use it", async ({ server, playwright }) => {
  const request = await playwright.request.newContext();
  const response = await request.get(`${server.url}/admin/exec`, { headers: { host: "evil.example" } });
  expect(response.status()).toBe(403);
  expect(await response.text()).toContain("server.allowed_hosts");
});
