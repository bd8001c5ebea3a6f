// Addresses in lines. Output is not trusted: only harmless schemes become links, and they lead to what they show.

// What RFC 3986 forbids in an address ends it, and so do invisible characters, which could make it look like another one.
const ADDRESS = /(?<!\w)(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^\p{C}]+/giu;
const SAFE = /^(?:https?:\/\/[^\s/?#]|mailto:[^\s@]+@)/i;
// What follows an address in a sentence.
const BEHIND = new Set(".,;:!?'*_~…。，、；：！？’”»");
const OPENING = { ")": "(", "]": "[", "）": "（", "」": "「" };
// Longer ones are not made links, here as in most terminals.
const LONGEST = 2083;

// The address as the browser understands it, with the host in ASCII; undefined if it must not be followed.
export function harmless(address) {
  if (!address || address.length > LONGEST || !SAFE.test(address)) return undefined;
  return URL.parse?.(address)?.href ?? (URL.canParse(address) ? new URL(address).href : undefined);
}

// The addresses that begin before `end`, in their order: `[{from, to, href}]`.
export function linksIn(text, end) {
  const links = [];
  // Only as much of the text as is shown, and of a link that goes on behind that all of it.
  const part = text.length > end ? text.slice(0, end + LONGEST + 1) : text;
  for (const { 0: found, index } of part.matchAll(ADDRESS)) {
    if (index >= end) break;
    if (found.length > LONGEST) continue;
    const address = trimmed(found);
    const href = harmless(address);
    if (href) links.push({ from: index, to: index + address.length, href });
  }
  return links;
}

// Without the punctuation of the sentence around it. A bracket that the address itself opens belongs to it.
function trimmed(address) {
  const counts = {};
  for (const char of address) counts[char] = (counts[char] ?? 0) + 1;
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    const opening = OPENING[last];
    if (opening ? (counts[last] ?? 0) <= (counts[opening] ?? 0) : !BEHIND.has(last)) break;
    counts[last]--;
  }
  return address.slice(0, end);
}
