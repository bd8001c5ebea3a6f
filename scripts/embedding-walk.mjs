// Follows the steps of docs/embedding.md in a folder, as a reader would: `node embedding-walk.mjs DOCUMENT FOLDER CHECKOUT`.
// Runs its commands, writes its files and applies its changes, in their order. `../execdeck` is the checkout. Prints the folder of
// the app and the last command, which starts it, each on a line.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [document, folder, checkout] = process.argv.slice(2);
const fail = (message) => {
  console.error(`${document}: ${message}`);
  process.exit(1);
};

// The section's code blocks: what follows the backticks, and the text.
const section = /^## .*step by step\n([\s\S]*?)^## /m.exec(readFileSync(document, "utf8"))?.[1] ?? fail("there is no section with steps");
const blocks = [...section.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language, name, text]) => ({ language, name, text }));
if (blocks.length < 10) fail(`only ${blocks.length} steps were found`);

let here = folder;
let start;
for (const { language, name, text } of blocks) {
  if (start) fail("something follows the command that starts the app");
  if (language === "sh") for (const line of text.trim().split("\n")) run(line);
  else if (!name) fail(`a block of ${language} names no file`);
  else if (language === "diff") change(join(here, name), text);
  else write(join(here, name), text);
}
if (!start) fail("nothing starts the app");
console.log(`${here}\n${start}`);

function run(line) {
  // Done already, and what its own tests are for.
  if (line === "make -C execdeck site") return existsSync(join(checkout, "server/assets/site")) || fail("run scripts/site.sh first");
  if (line.startsWith("cd ")) return (here = join(here, line.slice(3)));
  if (line.endsWith("cargo leptos watch")) return (start = line);
  execFileSync("bash", ["-euc", line.replaceAll("../execdeck", checkout)], { cwd: here, stdio: ["ignore", "ignore", "pipe"] });
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

// Each part of the change is found by all of its old lines, of which there must be exactly one occurrence.
function change(file, text) {
  let content = `\n${readFileSync(file, "utf8")}`;
  for (const part of text.split(/^@@.*\n/m)) {
    const lines = part.split("\n").slice(0, -1);
    const side = (other) => `\n${lines.filter((line) => line[0] !== other).map((line) => `${line.slice(1)}\n`).join("")}`;
    const [old, next] = [side("+"), side("-")];
    if (content.split(old).length !== 2) fail(`${file} has no such lines, or has them twice:${old}`);
    content = content.replace(old, () => next);
  }
  writeFileSync(file, content.slice(1));
}
