// Reads JSON. A number that is beyond what the browser counts exactly, such as an absurd limit in an old record, becomes the
// largest that it does: one such number must not make a whole list unreadable.
export function parseJson(text) {
  return JSON.parse(text, /\d{16}/.test(text) ? clamp : undefined);
}

const clamp = (_, value) => (typeof value === "number" ? Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER)) : value);
