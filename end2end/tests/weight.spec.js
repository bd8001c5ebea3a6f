// What a first visit transfers, in bytes on the wire: page, scripts, styles, WebAssembly, whatever the browser asks for.
import { Server } from "../support/server.js";
import { expect, expectTerminal, test as base } from "../support/test.js";

const LIST = 300_000;
const DETAIL = 400_000;
// What the list loads later, once it is of use.
const LIST_EXTRAS = 12_000;

// A server for each test: a list has as many bytes as it has rows.
const test = base.extend({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
});

// Opens the address with an empty cache and returns the bytes of each answer by its path.
async function transferred(page, address) {
  const session = await page.context().newCDPSession(page);
  const paths = new Map();
  const sizes = {};
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId);
    sizes[path] = (sizes[path] ?? 0) + encodedDataLength;
  });
  await page.goto(address);
  await page.locator("html[data-ready]").waitFor();
  return sizes;
}

const sum = (sizes) => Object.values(sizes).reduce((total, size) => total + size, 0);

test("a first visit of the list stays light", async ({ page, server }) => {
  await server.sh("exit 0", { name: "one" });
  const sizes = await transferred(page, "/admin/exec");
  await expect(page.locator(".link")).toHaveText("Live");
  expect(Object.keys(sizes).filter((path) => path.endsWith(".wasm")).length, JSON.stringify(sizes)).toBeGreaterThan(1);
  expect(sum(sizes), JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(LIST);
});

test("what the list offers besides its rows comes later, and is light", async ({ page, server }) => {
  for (const name of ["one", "two"]) await server.sh("exit 0", { name });
  const sizes = await transferred(page, "/admin/exec");
  const extras = () => Object.entries(sizes).filter(([path]) => /\/list\.(js|css)$/.test(path));
  expect(extras()).toEqual([]);
  await expect.poll(() => extras().length).toBe(2);
  expect(sum(Object.fromEntries(extras())), JSON.stringify(extras())).toBeLessThanOrEqual(LIST_EXTRAS);
});

test("a first visit of a process stays light, its terminal included", async ({ page, server }) => {
  const { id } = await server.sh("echo hello", { terminal: { cols: 80, rows: 24 } });
  const sizes = await transferred(page, `/admin/exec/${id}`);
  await expectTerminal(page, "hello");
  expect(Object.keys(sizes).some((path) => path.endsWith("/terminal.js")), JSON.stringify(sizes)).toBe(true);
  expect(sum(sizes), JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(DETAIL);
});

test("a first visit of a process that prints to pipes stays light, its log included", async ({ page, server }) => {
  const { id } = await server.sh("echo hello");
  const sizes = await transferred(page, `/admin/exec/${id}`);
  await expectTerminal(page, "hello");
  const paths = Object.keys(sizes);
  expect(paths.some((path) => path.endsWith("/log.js")), JSON.stringify(sizes)).toBe(true);
  expect(paths.some((path) => path.endsWith("/terminal.js")), JSON.stringify(sizes)).toBe(false);
  expect(sum(sizes), JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(DETAIL);
});

test("what a browser has it does not ask for again", async ({ page, server }) => {
  await server.sh("exit 0");
  await page.goto("/admin/exec");
  await page.locator("html[data-ready]").waitFor();
  await page.goto("/admin/exec?q=again");
  await page.locator("html[data-ready]").waitFor();
  const sizes = await page.evaluate(() =>
    performance.getEntriesByType("resource").filter(({ name }) => name.includes("/pkg/")).map(({ name, transferSize }) => [name, transferSize]),
  );
  expect(sizes.length).toBeGreaterThan(3);
  for (const [name, transferSize] of sizes) expect(transferSize, name).toBe(0);
});
