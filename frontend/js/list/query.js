// The text of the search field as the address has it; its language is that of `app/src/query.rs`.

export const present = () => (new URLSearchParams(location.search).get("q") ?? "").trim();

export const address = (text) => {
  const { base = "" } = document.documentElement.dataset;
  return `${base}/admin/exec${text ? `?q=${encodeURIComponent(text)}` : ""}`;
};

const words = (text) => text.split(/\s+/).filter(Boolean);

// `name`, `who` or `label:KEY`; none if the rows are not grouped.
export const groupOf = (text) => words(text).findLast((word) => /^group:(name|who|label:.*)$/.test(word))?.slice("group:".length);

export const withGroup = (text, by) => [...words(text).filter((word) => !word.startsWith("group:")), ...(by ? [`group:${by}`] : [])].join(" ");

export const hasState = (text) => words(text).some((word) => word.startsWith("state:"));

const STATES = { running: "active", failed: "unsuccessful", not_started: "failed" };

// The page that searches output for the words of the field, in the processes that the rest of it names.
export function searchAddress(text) {
  const query = new URLSearchParams();
  const value = (word) => word.slice(word.indexOf(":") + 1);
  const plain = words(text).filter((word) => !/^(state|user|label|group):/.test(word));
  if (plain.length > 0) query.set("q", plain.join(" "));
  for (const word of words(text)) {
    if (word.startsWith("state:")) query.set("state", STATES[value(word)] ?? value(word));
    else if (word.startsWith("user:")) query.set("started_by", value(word));
    else if (word.startsWith("label:")) query.set("label", value(word));
  }
  const { base = "" } = document.documentElement.dataset;
  return `${base}/admin/exec/search${query.size > 0 ? `?${query}` : ""}`;
}
