// Names in sentences.
import { plural, t } from "../../../app/js/texts.js";

const LONGEST = 40;

// Names are anybody's: control characters and what turns the direction of text are left out, and long ones are cut.
export function shortName(name) {
  const text = [...name.replace(/[\p{Cc}\p{Cf}]/gu, " ")];
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).join("")}…` : text.join("");
}

// `backup`, `backup and sync`, `backup, sync and 3 more`; `backup (2)` where there are two of the name.
export function summary(names) {
  const numbers = new Map();
  for (const name of names) numbers.set(name, (numbers.get(name) ?? 0) + 1);
  const all = [...numbers].map(([name, number]) => (number > 1 ? `${shortName(name)} (${number})` : shortName(name)));
  if (all.length < 3) return all.length < 2 ? (all[0] ?? "") : t("{first} and {second}", { first: all[0], second: all[1] });
  const rest = [...numbers.values()].slice(2).reduce((sum, number) => sum + number, 0);
  return plural(rest, "{first}, {second} and {count} more", "{first}, {second} and {count} more", { first: all[0], second: all[1] });
}
