// Addresses that lead to a line of a log and search in it from there: `#L7&find=text`, with `&regex` and `&case` if the search has them.

// `query`: `{text, regex, ignoreCase}`.
export function findLink(page, line, { text, regex, ignoreCase }) {
  return `${page}#L${line}&find=${encodeURIComponent(text)}${regex ? "&regex" : ""}${ignoreCase ? "" : "&case"}`;
}

// The number of the line that an address leads to, if it does.
export const linkedLine = ({ hash }) => Number(/^#L(\d{1,15})(?:$|&)/.exec(hash)?.[1]) || undefined;

// What it searches for: `{line, text, regex, ignoreCase}`. Undefined if it does not.
export function linkedSearch({ hash }) {
  const line = linkedLine({ hash });
  const parameters = new URLSearchParams(hash.slice(1));
  const text = parameters.get("find");
  return line && text ? { line, text, regex: parameters.has("regex"), ignoreCase: !parameters.has("case") } : undefined;
}
