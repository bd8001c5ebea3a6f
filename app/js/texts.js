// The texts of the page in another language. A text stands in English where it is used, marked by `t` or `plural`; the others come in a
// file that the document names (`app/src/texts/mod.rs`). All scripts of a page share it.
const { texts: address } = document.documentElement.dataset;
// How long the page waits for it, in milliseconds.
const LONGEST = 10_000;

if (address) {
  // Asked for once, so that all scripts have the same.
  globalThis.execdeckTextsLoaded ??= load();
  await globalThis.execdeckTextsLoaded;
}

// Without it the page is in English.
async function load() {
  try {
    const { language, texts } = await (await fetch(address, { signal: AbortSignal.timeout(LONGEST) })).json();
    globalThis.execdeckTexts = { texts: new Map(Object.entries(texts)), rules: new Intl.PluralRules(language) };
  } catch {}
}

export const isTranslated = () => Boolean(globalThis.execdeckTexts);

// The translation of an English text. Undefined: there is none.
export const textOf = (text) => globalThis.execdeckTexts?.texts.get(text) || undefined;

// The form of a text for the number. Undefined: there is none.
export function formOf(text, count) {
  const forms = textOf(text);
  return typeof forms === "object" ? forms[globalThis.execdeckTexts.rules.select(count)] || forms.other || undefined : forms;
}

// A text in the language of the page, with the values in the places of their names: `t("{count} of {total}", { count, total })`.
export const t = (text, values) => fill(textOf(text) ?? text, values);

// A text that depends on a number, which is its `{count}`: `plural(lines, "{count} line", "{count} lines")`.
export const plural = (count, one, other, values) => fill(formOf(other, count) ?? (count === 1 ? one : other), { count, ...values });

const fill = (text, values) => (values ? text.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole) : text);
