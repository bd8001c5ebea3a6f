// What the rows say of their processes.

export const allRows = (container) => [...container.querySelectorAll(".rows > .row")];

// Those that somebody sees: not the ones that are about to go, nor those of a group that is closed.
export const shownRows = (container) => allRows(container).filter(isShown);

export const isShown = (row) => !row.hidden && !row.hasAttribute("data-closed");

export const idOf = (row) => row.dataset.id;

export const nameOf = (row) => row.querySelector(".row-name").textContent;

export const whoOf = (row) => row.querySelector(".row-who").textContent;

// Pairs of key and value.
export const labelsOf = (row) =>
  [...row.querySelectorAll(".row-labels .label")].map(({ textContent }) => {
    const at = textContent.indexOf("=");
    return [textContent.slice(0, at), textContent.slice(at + 1)];
  });

export const isActive = (row) => row.querySelector('.row-actions form[action$="/stop"]') !== null;

// The hue of its state: `running`, `warned`, `failed`, `succeeded` or `neutral`.
export const hueOf = (row) => row.querySelector(".state").classList[1];

export const outcomeOf = (row) => row.querySelector(".state").textContent;

// Where what is added to a row is put.
export function extrasOf(row) {
  const present = row.querySelector(".row-extras");
  if (present) return present;
  const extras = Object.assign(document.createElement("div"), { className: "row-extras" });
  row.append(extras);
  return extras;
}

// Whether the list has all that match: no older ones are left to load.
export const isWhole = (container) => container.querySelector(".more") === null;
