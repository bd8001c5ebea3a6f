// Lines of JSON, and how bad a line says it is.

const LEVELS = {
  fatal: "error", panic: "error", critical: "error", crit: "error", alert: "error", emerg: "error", emergency: "error", error: "error", err: "error",
  warning: "warn", warn: "warn",
  info: "info", information: "info", informational: "info", notice: "info",
  debug: "debug", trace: "debug", verbose: "debug",
};
// As pino and bunyan number them.
const NUMBERS = [[60, "fatal"], [50, "error"], [40, "warn"], [30, "info"], [20, "debug"], [10, "trace"]];
const WORD = /^\s*[[(<]?(ERROR|WARNING|WARN|INFO|DEBUG|FATAL|TRACE)\b/;

// The object that the whole line is, or undefined.
export function jsonOf(text) {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}

// `{kind, name}`: one of four kinds, and what the line itself says.
export function levelOfJson(object) {
  const value = object.level ?? object.severity ?? object.lvl;
  const name = typeof value === "number" ? NUMBERS.find(([number]) => value >= number)?.[1] : value;
  const kind = typeof name === "string" && Object.hasOwn(LEVELS, name.toLowerCase()) ? LEVELS[name.toLowerCase()] : undefined;
  return kind && { kind, name: name.toUpperCase() };
}

// The same for a word at the beginning of a plain line, with where it is.
export function levelOfText(text) {
  const match = WORD.exec(text);
  if (!match) return undefined;
  return { kind: LEVELS[match[1].toLowerCase()], from: match[0].length - match[1].length, to: match[0].length };
}

// Deeper levels are not indented further.
const DEPTH = 32;

// JSON with line feeds and two spaces for each level. The values stay as they are written: parsed numbers could be others.
export function pretty(text) {
  let depth = 0;
  let out = "";
  const feed = () => `\n${"  ".repeat(Math.min(depth, DEPTH))}`;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[{]\s*[\]}]|[{}[\],:]|[^\s"{}[\],:]+/g)) {
    if (token === "{" || token === "[") {
      depth++;
      out += token + feed();
    } else if (token === "}" || token === "]") {
      depth--;
      out += feed() + token;
    } else if (token === ",") out += token + feed();
    else if (token === ":") out += ": ";
    else out += token;
  }
  return out;
}
