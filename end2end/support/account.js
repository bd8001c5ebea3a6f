// The account of all servers of the tests: an administrator named ada, with a session and a token. `global-setup.js` creates it
// once; it is copied into the folder of each server.
import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";

// Of ada, and of whom tests add.
export const password = "correct horse battery staple";

// Puts ada into a folder in which nobody has an account. Returns her token and her session.
export async function addAda(folder) {
  const account = process.env.TEST_ACCOUNT;
  if (!account) return {};
  if (!existsSync(join(folder, "deck.db"))) {
    for (const name of ["deck.db", "audit.head"]) await copyFile(join(account, name), join(folder, name));
  }
  return JSON.parse(await readFile(join(account, "account.json"), "utf8"));
}
