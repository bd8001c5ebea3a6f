// The order of the rows that the search field names with `sort:`, within each group if they are grouped.
import { t } from "../../../app/js/texts.js";
import { durationOf, idOf, isActive, nameOf, usageOf, whoOf } from "./rows.js";

// By the word in the field: the title, and what is compared. The newest come first where that is equal.
const text = (valueOf) => (a, b) => valueOf(a).localeCompare(valueOf(b), undefined, { numeric: true });
const largest = (valueOf) => (a, b) => valueOf(b) - valueOf(a);
const ORDERS = {
  oldest: { title: t("Oldest first"), compare: (a, b) => (idOf(a) < idOf(b) ? -1 : 1) },
  name: { title: t("Name"), compare: text(nameOf) },
  who: { title: t("Started by"), compare: text(whoOf) },
  duration: { title: t("Longest duration"), compare: largest(durationOf) },
  cpu: { title: t("Most CPU"), compare: largest((row) => usageOf(row)?.cpu_percent ?? -1) },
  memory: { title: t("Most memory"), compare: largest((row) => usageOf(row)?.memory_bytes ?? -1) },
};

export const isOrder = (word) => Object.hasOwn(ORDERS, word);

// Pairs of the word and the title, the usual order first.
export const WAYS = [[undefined, t("Running, then newest")], ...Object.entries(ORDERS).map(([word, { title }]) => [word, title])];

// Whether the order changes as processes use more or less.
export const isByUsage = (word) => word === "cpu" || word === "memory";

const newest = (a, b) => (idOf(a) < idOf(b) ? 1 : -1);
const activeFirst = (a, b) => isActive(b) - isActive(a);

// `isPlain`: all are in the same kind of state, so that none come before others for theirs.
export function compareBy(word, isPlain) {
  const compare = ORDERS[word]?.compare ?? (isPlain ? () => 0 : activeFirst);
  return (a, b) => compare(a, b) || newest(a, b);
}
