// The page of several outputs at once (`app/src/plain/together.rs`), which the server has sent without the outputs themselves.
import { Follower } from "./together/follower.js";
import { Merged } from "./together/merged.js";
import { recallNames } from "./together/names.js";
import { Pane } from "./together/pane.js";
import { SideFind } from "./together/side-find.js";
import { States } from "./together/states.js";
import { nameFind } from "./together/tools.js";

const root = document.querySelector(".together");
const base = document.documentElement.dataset.base ?? "";
recallNames([...root.querySelectorAll(".together-pane")]);
// What the server does not show has no lines to ask for.
const shown = [...root.querySelectorAll(".together-pane")].filter((article) => article.querySelector("h2 a"));
const processes = shown.map((article) => {
  const { id, tag, hue } = article.dataset;
  const api = `${base}/api/processes/${id}`;
  return { id, tag, hue, article, address: `${api}/lines`, search: `${api}/search`, page: `${base}/admin/exec/${id}` };
});

const tools = root.querySelector(".together-tools");
const followers = root.dataset.view === "merged" ? [merge(root.querySelector(":scope > .together-output"))] : sideBySide();
const states = new States(root, base, () => followers.forEach((follower) => follower.hurry()));
states.begin();

function sideBySide() {
  if (processes.length === 0) return [];
  const find = new SideFind();
  tools.append(nameFind(find.element));
  return processes.map((process) => {
    const pane = new Pane(process, find);
    return new Follower(() => pane.refresh(), () => isActive(process));
  });
}

function merge(place) {
  const merged = new Merged(place, tools, processes, isActive);
  return new Follower(() => merged.refresh(), () => processes.some(isActive));
}

// Whether more may be printed, as far as the page knows.
function isActive({ article }) {
  return article.dataset.active === "true";
}
