// docs/api.md as it stands there: its lines for the shell, and its TypeScript, compiled and run.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readmeBlocks } from "../support/nginx.js";
import { expect, test as base } from "../support/test.js";

const run = promisify(execFile);
const end2end = fileURLToPath(new URL("..", import.meta.url));
// From version 22 on it is there by itself.
const node = globalThis.WebSocket ? [] : ["--experimental-websocket"];

const test = base.extend({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "execdeck-docs-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  options: async ({ server, folder }, use) =>
    use({ cwd: folder, env: { ...process.env, EXECDECK_TOKEN: server.token, FORCE_COLOR: "0" }, timeout: 60_000 }),
});

// The one block of a language, for the server of the test.
async function block(language, server) {
  const blocks = await readmeBlocks(language, "docs/api.md");
  expect(blocks).toHaveLength(1);
  expect(blocks[0]).toContain("http://127.0.0.1:3000");
  return blocks[0].replaceAll("http://127.0.0.1:3000", server.url);
}

test("the lines for the shell start, list, follow and stop a process", async ({ server, folder, options }) => {
  const { stdout, stderr } = await run("sh", ["-e", "-c", await block("sh", server)], options);
  expect(stderr).toBe("");
  expect(stdout).toContain('"name":"count"');
  expect(stdout).toContain("one\ntwo\n");
  expect(JSON.parse((await readFile(join(folder, "count.cast"), "utf8")).split("\n")[0])).toMatchObject({ version: 3, title: "count" });
  expect(stdout).toMatch(/"state":"(stopping|killed)"/);
  const { processes } = await server.call("list_processes", { filter: { name: "count" } });
  expect(processes).toHaveLength(1);
  expect(processes[0]).toMatchObject({ state: "killed", exit: { signal: "TERM" } });
});

test("without a valid token the shell says so", async ({ server, options }) => {
  const script = await block("sh", server);
  const failed = await run("sh", ["-e", "-c", script], { ...options, env: { ...options.env, EXECDECK_TOKEN: "deck_wrong" } }).catch((error) => error);
  expect(failed.code).toBeGreaterThan(0);
});

test("the TypeScript compiles strictly and does what it says", async ({ server, folder, options }) => {
  const source = join(folder, "deck.ts");
  await writeFile(source, await block("ts", server));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const compiler = ["--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", "esnext", "--moduleResolution", "bundler"];
  const types = ["--types", "node", "--typeRoots", join(end2end, "node_modules/@types")];
  const compiled = await run(process.execPath, [join(end2end, "node_modules/typescript/bin/tsc"), ...compiler, ...types, source], options).catch(
    (error) => error,
  );
  expect(compiled.stdout).toBe("");
  const { stdout } = await run(process.execPath, [...node, join(folder, "deck.js")], options);
  expect(stdout).toBe("hello\nexited 3\nbad_request stop.signal\n");

  const wrong = { ...options, env: { ...options.env, EXECDECK_TOKEN: "deck_wrong" } };
  const refused = await run(process.execPath, [...node, join(folder, "deck.js")], wrong).catch((error) => error);
  expect(refused.stderr).toContain("unauthorized");
});
