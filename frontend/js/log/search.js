// A search of the output by the server: hits as they are found.
import { t } from "../../../app/js/texts.js";
import { heard } from "./clock.js";

// As many hits as the server sends in one answer.
const LIMIT = 10_000;

// `query`: `{text, regex, ignoreCase}`, and if wanted `{stream, from, limit, which}`, the last being further parameters that say which
// processes. Calls `hit`, until that returns false, and `progress({searched, total, processes, of})`, and returns `{limited}` at the end:
// whether there may be more hits. Throws an error with a message for people if there is none; `isQuery` says that the query is at fault,
// `field` which part of it.
export async function search(address, query, signal, { hit, progress }) {
  const parameters = new URLSearchParams({ ...query.which, q: query.text, limit: query.limit ?? LIMIT, progress: "true" });
  if (query.from !== undefined) parameters.set("from", query.from);
  if (query.regex) parameters.set("regex", "true");
  if (query.ignoreCase) parameters.set("ignore_case", "true");
  if (query.stream) parameters.set("stream", query.stream);
  const response = await fetch(`${address}?${parameters}`, { signal }).catch((error) => {
    signal.throwIfAborted();
    throw new Error(t("The server cannot be reached."), { cause: error });
  });
  heard(response);
  if (!response.ok) {
    const { message, field } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(message ? problemOf(query, message) : t("The server answered with {status}.", { status: response.status })), { isQuery: response.status === 400, status: response.status, field });
  }
  for await (const line of linesOf(response.body)) {
    const answer = JSON.parse(line);
    if (answer.done) return answer;
    if (answer.progress) progress(answer);
    else if (hit(answer) === false) return { limited: false };
  }
  throw new Error(t("The search was cut off. Try it again."));
}

// What is wrong with a regular expression, in one line and in the words of whoever wrote it: the message shows it as it is compiled.
function problemOf({ text, regex }, message) {
  const reason = regex && /^error: (.+)$/m.exec(message)?.[1];
  return reason ? t("“{text}” is not a regular expression: {reason}", { text, reason }) : message.replace(/\s+/g, " ");
}

async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        if (error instanceof TypeError) return { done: true };
        throw error;
      });
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    // Whoever wants no more ends the search on the server, too.
    reader.cancel().catch(() => {});
  }
}

// Where a hit matches in what a row shows, as `[{from, to}]` in UTF-16 units.
export function matchesIn({ text, ranges }, shown) {
  const units = unitsOf(text, ranges);
  if (text === shown) return units;
  // The row shows less than the hit has, such as the end of a progress bar: what matches there may still be seen.
  const found = [];
  for (const word of new Set(units.map(({ from, to }) => text.slice(from, to)))) {
    if (word === "") continue;
    for (let at = shown.indexOf(word); at >= 0; at = shown.indexOf(word, at + word.length)) found.push({ from: at, to: at + word.length });
  }
  found.sort((a, b) => a.from - b.from);
  return found.filter(({ from }, at) => at === 0 || from >= found[at - 1].to);
}

// Offsets into UTF-8 as offsets into UTF-16.
function unitsOf(text, ranges) {
  const units = [];
  let bytes = 0;
  let at = 0;
  const to = (offset) => {
    while (bytes < offset && at < text.length) {
      const code = text.codePointAt(at);
      bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      at += code < 0x10000 ? 1 : 2;
    }
    return at;
  };
  for (const [from, end] of ranges) units.push({ from: to(from), to: to(end) });
  return units;
}
