// The names of processes, for as long as the tab has them: of one that has been removed the server does not know it any more.
import { t } from "../../../app/js/texts.js";

const PREFIX = "execdeck.name ";

// Keeps the names of those that are there, and gives those that have been removed meanwhile theirs back.
export function recallNames(articles) {
  // Storage may be switched off.
  try {
    for (const article of articles) {
      const { id, tag, missing } = article.dataset;
      if (missing !== "true") sessionStorage.setItem(PREFIX + id, tag);
      else recall(article, sessionStorage.getItem(PREFIX + id));
    }
  } catch {}
}

function recall(article, name) {
  if (name === null) return;
  article.dataset.tag = article.querySelector("h2 span").textContent = name;
  article.querySelector(".together-problem").textContent = t("This process has been removed.");
}
