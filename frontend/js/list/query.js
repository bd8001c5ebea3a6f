// The text of the search field as the address has it; its language is that of `app/src/query.rs`.
import { isOrder } from "./sort.js";

export const present = () => (new URLSearchParams(location.search).get("q") ?? "").trim();

export const address = (text) => {
  const { base = "" } = document.documentElement.dataset;
  return `${base}/admin/exec${text ? `?q=${encodeURIComponent(text)}` : ""}`;
};

const words = (text) => text.split(/\s+/).filter(Boolean);

// What stands behind the last `key:` that makes sense.
const chosen = (text, key, isKnown) => words(text).filter((word) => word.startsWith(`${key}:`)).map((word) => word.slice(key.length + 1)).findLast(isKnown);

// `name`, `who` or `label:KEY`; none if the rows are not grouped.
export const groupOf = (text) => chosen(text, "group", (by) => /^(name|who|label:.*)$/.test(by));

// A word of `sort.js`; none for the usual order.
export const sortOf = (text) => chosen(text, "sort", isOrder);

// The text with another choice, or none, behind `key:`.
export const withChoice = (text, key, choice) => [...words(text).filter((word) => !word.startsWith(`${key}:`)), ...(choice ? [`${key}:${choice}`] : [])].join(" ");

export const hasState = (text) => words(text).some((word) => word.startsWith("state:"));
