// The text of a row as nodes: pieces in their colours, matches, and links.
import { make } from "../dom.js";
import { linksIn } from "./links.js";

// Appends the text up to the end, split where its style changes and where links, `extra` and matches begin and end.
export function append(element, text, runs, end, extra, matches) {
  const links = linksOf(text, runs, end);
  const edges = new Set([end]);
  for (const ranges of [runs, links, extra, matches]) {
    for (const { from, to } of ranges) edges.add(Math.min(from, end)).add(Math.min(to, end));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  const [run, link, word, match] = [runs, links, extra, matches].map(cursor);
  let at = 0;
  let open;
  for (const edge of sorted) {
    if (edge <= at) continue;
    const { style } = run(at) ?? {};
    const classes = [style?.classes, word(at)?.classes].filter(Boolean).join(" ");
    const node = piece(text.slice(at, edge), classes, style, match(at) !== undefined);
    const around = link(at);
    if (around === undefined) element.append(node);
    else {
      // One link, whatever colours it has.
      if (open?.link !== around) element.append((open = { link: around, element: anchor(around.href) }).element);
      open.element.append(node);
    }
    at = edge;
  }
}

// Returns which of the ranges, which are in their order, a place is in. Places are asked for in their order, too.
function cursor(ranges) {
  let next = 0;
  return (at) => {
    while (next < ranges.length && ranges[next].to <= at) next++;
    return next < ranges.length && ranges[next].from <= at ? ranges[next] : undefined;
  };
}

// Those of the program, as a whole if their pieces differ in colour only, and the addresses between them.
function linksOf(text, runs, end) {
  const own = [];
  for (const { from, to, href } of runs) {
    if (href && own.at(-1)?.to === from && own.at(-1).href === href) own.at(-1).to = to;
    else if (href) own.push({ from, to, href });
  }
  const found = linksIn(text, end);
  if (own.length === 0) return found;
  let next = 0;
  const free = found.filter(({ from, to }) => {
    while (next < own.length && own[next].to <= from) next++;
    return next === own.length || own[next].from >= to;
  });
  return [...own, ...free].sort((a, b) => a.from - b.from);
}

// The title says where it leads, which is not what the text of a program's link needs to say.
function anchor(href) {
  const element = make("a", { className: "log-link", href, rel: "noopener noreferrer", title: href });
  // A mail program opens beside the page; a new tab for it would stay empty.
  if (!href.startsWith("mailto:")) element.target = "_blank";
  return element;
}

function piece(text, classes, style, isMatch) {
  if (!classes && !style && !isMatch) return text;
  const element = make(isMatch ? "mark" : "span", { className: classes }, text);
  // A match has the colours of matches.
  if (isMatch) return element;
  if (style?.color) element.style.color = style.color;
  if (style?.background) element.style.backgroundColor = style.background;
  return element;
}
