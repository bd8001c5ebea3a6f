// Sorts the rows and groups them by name, by who has started them, or by a label, as the search field says: each group has a heading that
// opens and closes it and counts what is in it. The rows stay those of the app, in one list, and are only put into another order.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { groupOf, hasState, present, sortOf } from "./query.js";
import { allRows, hueOf, isWhole, labelsOf, nameOf, whoOf } from "./rows.js";
import { compareBy } from "./sort.js";
import { shortName } from "./words.js";

// What is counted, by the hue of the state.
const COUNTED = [
  ["running", ["running", "warned"], (count) => plural(count, "{count} running", "{count} running")],
  ["failed", ["failed"], (count) => plural(count, "{count} failed", "{count} failed")],
  ["succeeded", ["succeeded"], (count) => plural(count, "{count} succeeded", "{count} succeeded")],
  ["other", ["neutral"], (count) => plural(count, "{count} other", "{count} other")],
];

// The closed ones, as long as the page is open.
const closed = new Set();

export class Arrangement {
  #container;
  #changed;
  #hovered;
  // What has its place.
  #arranged = new WeakSet();
  // The list that is grouped or sorted, and how.
  #list;
  #way;

  // `changed` is called when a group was opened or closed.
  constructor(container, changed) {
    this.#container = container;
    this.#changed = changed;
  }

  update() {
    const list = this.#container.querySelector(".rows");
    const [by, sort] = [groupOf(present()), sortOf(present())];
    if (!list || (!by && !sort && this.#list !== list)) return;
    const way = `${by} ${sort}`;
    // Chosen just now: the rows go where they belong, wherever the pointer is.
    if (this.#list !== list || this.#way !== way) this.#arranged = new WeakSet();
    [this.#list, this.#way] = [by || sort ? list : undefined, way];
    // The app keeps a list and its rows when the filter changes, and knows nothing of the headings.
    const heads = new Map([...list.querySelectorAll(":scope > .group-head")].map((head) => [head.dataset.key, head]));
    this.#updateWhenLeft(list);
    const [order, isPart] = [[], !isWhole(this.#container)];
    for (const [key, rows] of grouped(allRows(this.#container), by, compareBy(sort, hasState(present())))) {
      const name = `${by} ${key}`;
      if (by) {
        const head = heads.get(name) ?? this.#head(name, title(key, by));
        heads.delete(name);
        showCounts(head, rows, isPart);
        head.querySelector("button").ariaExpanded = String(!closed.has(name));
        order.push(head);
      }
      for (const row of rows) close(row, closed.has(name));
      order.push(...rows);
    }
    for (const head of heads.values()) head.remove();
    // Nobody is to aim at one row and hit another (`app/src/live/rows.rs`).
    const isHeld = matchMedia("(hover: hover)").matches && list.matches(":hover") && order.every((element) => this.#arranged.has(element));
    if (isHeld) return;
    arrange(list, order);
    for (const element of order) this.#arranged.add(element);
  }

  #updateWhenLeft(list) {
    if (this.#hovered === list) return;
    this.#hovered = list;
    list.addEventListener("pointerleave", () => requestAnimationFrame(() => list.isConnected && this.update()));
  }

  #head(name, text) {
    const toggle = () => {
      if (!closed.delete(name)) closed.add(name);
      this.#changed();
    };
    const button = make("button", { type: "button", className: "ghost", onclick: toggle }, make("b", {}, text), make("span", { className: "group-counts" }));
    const head = make("li", { className: "group-head" }, make("h2", {}, button));
    head.dataset.key = name;
    return head;
  }
}

const keyOf = { name: nameOf, who: whoOf };

// The rows by key, in the order of the keys; what has none comes last. All of them under one key if they are not grouped.
function grouped(rows, by, compare) {
  const label = by?.slice("label:".length);
  const key = keyOf[by] ?? ((row) => labelsOf(row).find(([key]) => by && key === label)?.[1] ?? "");
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(key(row))) groups.set(key(row), []);
    groups.get(key(row)).push(row);
  }
  for (const group of groups.values()) group.sort(compare);
  return [...groups].sort(([a], [b]) => (a === "") - (b === "") || a.localeCompare(b, undefined, { numeric: true }));
}

// Not by `hidden`: that is for other reasons, which hold when the group is opened again.
function close(row, isClosed) {
  if (isClosed === row.hasAttribute("data-closed")) return;
  row.toggleAttribute("data-closed", isClosed);
  row.style.display = isClosed ? "none" : "";
}

const title = (key, by) => (key ? shortName(key) : by.startsWith("label:") ? t("Without {label}", { label: by.slice("label:".length) }) : t("Nobody"));

// `isPart`: there are older ones that are not loaded.
function showCounts(head, rows, isPart) {
  const hues = rows.map(hueOf);
  const counts = COUNTED.map(([kind, of, inWords]) => [kind, hues.filter((hue) => of.includes(hue)).length, inWords]).filter(([, count]) => count > 0);
  const parts = counts.map(([kind, count, inWords]) => make("span", { className: `count-${kind}` }, inWords(count)));
  const start = isPart ? `${t("Of those shown:")} ` : "";
  const text = start + parts.map(({ textContent }) => textContent).join(", ");
  const element = head.querySelector(".group-counts");
  if (element.textContent === text) return;
  element.replaceChildren(start, ...parts.flatMap((part, at) => [at ? ", " : "", part]));
}

// Puts the elements into this order, and moves only those that are elsewhere: a row that moves loses the focus, which it gets back.
function arrange(list, order) {
  const focused = list.contains(document.activeElement) ? document.activeElement : undefined;
  let at = list.firstElementChild;
  for (const element of order) {
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}
