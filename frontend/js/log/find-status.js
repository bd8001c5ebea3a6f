// What has become of a search, in words.

// `total`: the last line there is. `current`: the place among the hits of the one whose turn it is, -1 for none; `at`: its line, which may be
// known before the range has come to it.
export function statusOf({ error, isOn, isStopped, percent }, { lines, from, end }, total, current, at) {
  if (error) return error.message;
  const state = isOn ? `Searching, ${percent} %` : isStopped ? `Stopped at ${percent} %` : "";
  if (current < 0 && at !== undefined) return `${state} · Line ${at.toLocaleString()}`;
  if (lines.length === 0) return state ? `${state} · no matches yet` : "No matches";
  // Whether there are no others, as far as is known.
  const isAll = isOn || (from === 1 && end > total && !isStopped);
  const count = `${lines.length.toLocaleString()}${isAll ? "" : "+"}`;
  const found = `${count} ${count === "1" ? "match" : "matches"}`;
  const place = current < 0 ? found : from === 1 ? `${(current + 1).toLocaleString()} of ${count}` : `Line ${at.toLocaleString()} · ${found}`;
  return state ? `${state} · ${place}` : place;
}
