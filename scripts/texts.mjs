// Collects the texts that are marked for translation (`app/src/texts/mod.rs`) in app/texts.json. With `--check` it fails if they are
// not what is there.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "app/texts.json";
const STRING = String.raw`"((?:[^"\\]|\\[^])*)"`;
// The first literals of a call: what is counted comes before them in `plural`.
const RUST = { t: new RegExp(String.raw`\bt!\(\s*${STRING}`, "g"), plural: new RegExp(String.raw`\bplural!\(\s*[^;"]*?,\s*${STRING},\s*${STRING}`, "g"), calls: /\b(?:t|plural)!\(/g };
const SCRIPT = { t: new RegExp(String.raw`(?<![\w.#])t\(\s*${STRING}`, "g"), plural: new RegExp(String.raw`(?<![\w.#])plural\(\s*[^;"]*?,\s*${STRING},\s*${STRING}`, "g"), calls: /(?<![\w.#])(?:t|plural)\(/g };

const texts = new Map();
// The English form for 1 of each text that depends on a number.
const singulars = new Map();
const wrong = [];
for (const [folder, end, kind] of [["app/src", ".rs", RUST], ["server/src", ".rs", RUST], ["frontend/js", ".js", SCRIPT], ["app/js", ".js", SCRIPT]]) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(end) && !/(^|\/)(texts(\.js|\/)|tests)/.test(name));
  for (const name of names) collect(join(folder, name), kind);
}

function collect(file, { t, plural, calls }) {
  const source = readFileSync(file, "utf8").replace(/^\s*\/\/.*$/gm, "");
  const ones = [...source.matchAll(t)];
  const forms = [...source.matchAll(plural)];
  for (const [, text] of ones) add(file, unescape(text), "");
  for (const [, one, other] of forms) add(file, unescape(other), { one: "", other: "" }, unescape(one));
  const count = [...source.matchAll(calls)].length;
  if (count !== ones.length + forms.length) wrong.push(`${file}: ${count} texts are marked, of which ${ones.length + forms.length} are literals; give the text itself in double quotes`);
}

// `one`: the English form for 1, of a text that depends on a number.
function add(file, text, empty, one) {
  const known = texts.get(text);
  if (known !== undefined && typeof known !== typeof empty) wrong.push(`${file}: "${text}" depends on a number here, and not elsewhere`);
  if (one !== undefined && (singulars.get(text) ?? one) !== one) wrong.push(`${file}: "${text}" has two forms for 1: "${one}" and "${singulars.get(text)}"`);
  const unknown = namesIn(one ?? "").find((name) => !namesIn(text).includes(name));
  if (unknown) wrong.push(`${file}: "${one}" has {${unknown}}, which "${text}" has not`);
  if (one !== undefined) singulars.set(text, one);
  texts.set(text, empty);
}

function namesIn(text) {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
}

// Rust leaves out a line end after a backslash with the spaces that follow. The other escapes are those of JSON, or of a brace or quote.
function unescape(text) {
  return text.replace(/\\(?:\n\s*|u\{(\w+)\}|(["\\])|(n))/g, (_, code, itself, end) => (code ? String.fromCodePoint(parseInt(code, 16)) : (itself ?? (end ? "\n" : ""))));
}

if (wrong.length > 0) {
  for (const line of wrong) console.error(line);
  process.exit(1);
}
const sorted = [...texts].sort(([one], [other]) => (one < other ? -1 : 1));
const json = `${JSON.stringify({ language: "", texts: Object.fromEntries(sorted) }, null, 1)}\n`;
if (process.argv.includes("--check")) {
  if (readFileSync(FILE, "utf8") !== json) {
    console.error(`${FILE} is not up to date; run: make texts`);
    process.exit(1);
  }
} else writeFileSync(FILE, json);
