// Creates the account of the tests, by the commands for it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { password } from "./account.js";
import { run } from "./binary.js";
import { Server } from "./server.js";

// Playwright calls this before all tests, and what it returns after them.
export default async function create() {
  const folder = await mkdtemp(join(tmpdir(), "execdeck-account-"));
  run(folder, ["user", "add", "ada", "--role", "admin"], password);
  const server = await Server.start({ folder });
  const response = await fetch(`${server.url}/api/sign_in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ada", password }),
  });
  const session = /execdeck-\d+=([^;]+)/.exec(response.headers.get("set-cookie"))[1];
  await server.kill("SIGTERM");
  // The last to close the database leaves all of it in one file.
  const token = run(folder, ["token", "add", "ada", "--label", "tests"]);
  await writeFile(join(folder, "account.json"), JSON.stringify({ token, session }));
  process.env.TEST_ACCOUNT = folder;
  return () => rm(folder, { recursive: true, force: true });
}
