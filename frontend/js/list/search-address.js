// The way from the list to the page that searches output.

const STATES = { running: "active", failed: "unsuccessful", not_started: "failed" };

// The page that searches output for the words of the field, in the processes that the rest of it names.
export function searchAddress(text) {
  const query = new URLSearchParams();
  const words = text.split(/\s+/).filter(Boolean);
  const value = (word) => word.slice(word.indexOf(":") + 1);
  const plain = words.filter((word) => !/^(state|user|label|group|sort):/.test(word));
  if (plain.length > 0) query.set("q", plain.join(" "));
  for (const word of words.filter((word) => !/^\w+:$/.test(word))) {
    if (word.startsWith("state:")) query.set("state", STATES[value(word)] ?? value(word));
    else if (word.startsWith("user:")) query.set("started_by", value(word));
    else if (word.startsWith("label:")) query.set("label", value(word));
  }
  const { base = "" } = document.documentElement.dataset;
  return `${base}/admin/exec/search${query.size > 0 ? `?${query}` : ""}`;
}
