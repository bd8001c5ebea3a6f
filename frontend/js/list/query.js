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

// A word of `sort.js`; none for the usual order.
export const sortOf = (text) => words(text).findLast((word) => /^sort:(oldest|name|who|duration|cpu|memory)$/.test(word))?.slice("sort:".length);

export const withSort = (text, by) => [...words(text).filter((word) => !word.startsWith("sort:")), ...(by ? [`sort:${by}`] : [])].join(" ");

export const hasState = (text) => words(text).some((word) => word.startsWith("state:"));
