// What is wrong with the server, and how full its disk is. Both are in each page as the server sends it; this keeps them up to date,
// from when there is news, or somebody does something (`start.js`).
import { t } from "../../app/js/texts.js";
import { call } from "./call.js";
import { size } from "./format.js";

// For pages without the event stream, and for the use of the disk, which no event reports.
const EVERY = 60_000;

const notes = document.querySelector(".problems");
const disk = document.querySelector(".disk-use");

// Returns whether that is news.
function showProblems(problems) {
  const messages = problems.map(({ message }) => message);
  // An alert is announced when its text changes, and not again while it stays.
  const isNews = JSON.stringify(messages) !== JSON.stringify([...notes.querySelectorAll("li")].map(({ textContent }) => textContent));
  if (isNews) {
    notes.querySelector("ul").replaceChildren(...messages.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
    notes.hidden = messages.length === 0;
  }
  return isNews;
}

function showDisk(use) {
  if (!use) return;
  disk.textContent = t("Output {output} · history {history} · {free} free", { output: size(use.output_bytes), history: size(use.database_bytes), free: size(use.free_bytes) });
  disk.hidden = false;
}

async function ask(about) {
  const before = events;
  const response = await call("get_health", {}).catch(() => null);
  // Whoever is signed out is not told; the next page asks again.
  if (response?.status === 401) clearInterval(timer);
  const answer = response?.ok && (await response.json());
  // An event that came meanwhile is newer.
  if (!answer || events !== before) return;
  if (about !== disk) showProblems(answer.problems);
  showDisk(answer.disk);
}

let events = 0;

// `report`: that of an event `health`, as JSON.
export function hearHealth(report) {
  events++;
  // A disk that is full, or has room again, is news for its use, too.
  if (showProblems(JSON.parse(report).problems) && !disk.hidden) ask(disk);
}

const timer = setInterval(() => document.visibilityState === "visible" && ask(), EVERY);
