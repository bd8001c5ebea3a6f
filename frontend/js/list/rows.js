// What the rows say of their processes.

export const allRows = (container) => [...container.querySelectorAll(".rows > .row")];

// Those that somebody sees: not the ones that are about to go, nor those of a group that is closed.
export const shownRows = (container) => allRows(container).filter((row) => !row.hidden);

export const idOf = (row) => row.dataset.id;

export const nameOf = (row) => row.querySelector(".row-name").textContent;

export const isActive = (row) => row.querySelector('.row-actions form[action$="/stop"]') !== null;
