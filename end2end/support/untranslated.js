// Finds texts of a page that are not marked for translation, in a page whose catalogue puts each text into brackets.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { binary } from "./binary.js";

const bracketed = (text) => `⟦${text}⟧`;

// Writes a catalogue in which each text is the English one in brackets.
export async function writeBracketed(file) {
  const { stdout } = await promisify(execFile)(binary, ["texts"]);
  const { texts } = JSON.parse(stdout);
  const translated = Object.entries(texts).map(([text, empty]) => [text, typeof empty === "string" ? bracketed(text) : { one: bracketed(text), other: bracketed(text) }]);
  await writeFile(file, JSON.stringify({ language: "en-x-test", texts: Object.fromEntries(translated) }));
}

// Texts that the page shows or has ready, with letters outside of all brackets. What is somebody's own is marked `translate="no"`, or is
// `own` in a title; times are written by the browser, and units are the same in many languages.
export function untranslated(page, own) {
  return page.evaluate((own) => {
    const UNITS = /(?<![\p{L}_])(?:AM|PM|Aa|B|kB|MB|GB|TB|[KMG]iB|ms|CPU|PID|UTC|JSON|ID|Execdeck|Ctrl|Shift|Alt|Tab|Esc|Enter)(?![\p{L}_])/gu;
    const isOwn = (element) => element.closest('[translate="no"], time, script, style, noscript, svg, textarea, code, kbd');
    // What is outside of the brackets, which may be open from the text before.
    let depth = 0;
    const outside = (text) =>
      [...text].filter((character) => {
        if (character === "⟦") depth++;
        const isOutside = depth === 0;
        if (character === "⟧") depth--;
        return isOutside;
      }).join("");
    const found = new Set();
    const check = (where, text) => /\p{L}{2}/u.test(outside(text).replace(UNITS, " ")) && found.add(`${where}: ${text.trim().slice(0, 100)}`);
    check("title of the document", document.title.replaceAll(own, " "));
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!isOwn(node.parentElement)) check(`<${node.parentElement.localName} class="${node.parentElement.className}">`, node.data);
        continue;
      }
      for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description"]) {
        const value = node.getAttribute(name);
        if (value && !isOwn(node)) check(`${name} of <${node.localName}>`, value.replaceAll(own, " "));
      }
    }
    return [...found];
  }, own);
}
