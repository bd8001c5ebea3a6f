// What has become of a search, in words.

// `count`: matches that were found, and `isAll`: as many as there are, or as there are until now. `current`: the place among them of the
// one whose turn it is, -1 for none; `isCounted`: that place is known among all. `line`: its line. `state`: what the search is doing.
export function statusOf({ count, isAll, state, current, isCounted, line }) {
  if (count === 0) return state ? `${state} · no matches yet` : "No matches";
  const number = `${count.toLocaleString()}${isAll ? "" : "+"}`;
  const found = `${number} ${number === "1" ? "match" : "matches"}`;
  const place = current < 0 ? found : isCounted ? `${(current + 1).toLocaleString()} of ${number}` : `Line ${line.toLocaleString()} · ${found}`;
  return state ? `${state} · ${place}` : place;
}
