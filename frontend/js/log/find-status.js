// What has become of a search, in words.
import { plural, t } from "../../../app/js/texts.js";

// `total`: the last line there is. `current`: the place among the hits of the one whose turn it is, -1 for none; `at`: its line, which may be
// known before the range has come to it.
export function statusOf({ error, isOn, isStopped, percent }, { lines, from, end }, total, current, at) {
  if (error) return error.message;
  const state = isOn ? t("Searching, {percent} %", { percent }) : isStopped ? t("Stopped at {percent} %", { percent }) : "";
  if (current < 0 && at !== undefined) return `${state} · ${lineText(at)}`;
  if (lines.length === 0) return state ? `${state} · ${t("no matches yet")}` : t("No matches");
  // Whether there are no others, as far as is known.
  const isAll = isOn || (from === 1 && end > total && !isStopped);
  const count = `${lines.length.toLocaleString()}${isAll ? "" : "+"}`;
  // "1+" are several.
  const found = plural(isAll ? lines.length : lines.length + 1, "{count} match", "{count} matches", { count });
  const place = current < 0 ? found : from === 1 ? t("{number} of {total}", { number: (current + 1).toLocaleString(), total: count }) : `${lineText(at)} · ${found}`;
  return state ? `${state} · ${place}` : place;
}

const lineText = (number) => t("Line {number}", { number: number.toLocaleString() });
