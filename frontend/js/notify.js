// Notifies of the ends that somebody waits for, and of failures, once for all tabs of a browser.
import { call } from "./call.js";
import { keepNotices, notices } from "./notify/kept.js";
export { setEndNotice } from "./notify/permission.js";
export { notices };

const base = document.documentElement.dataset.base ?? "";
const ENDED = ["exited", "killed", "timed_out", "failed", "interrupted"];
// An end that is older was no news when the page heard of it.
const NEWS_MS = 60_000;
// What is awaited is asked for, too: events may have been missed.
const EVERY_MS = 30_000;
// How long no other tab notifies of the same.
const HELD_MS = 5000;

addEventListener("execdeck-process", ({ detail }) => {
  const { failures, ids } = notices();
  if (failures || ids.length > 0) heard(JSON.parse(detail));
});
setInterval(ask, EVERY_MS);
ask();

async function ask() {
  for (const id of notices().ids) {
    const response = await call("get_process", { id }).catch(() => null);
    if (response?.ok) heard(await response.json());
    else if (response?.status === 404) forget(id);
  }
}

function heard(process) {
  if (!ENDED.includes(process.state)) return;
  const { failures, ids } = notices();
  const isAwaited = ids.includes(process.id);
  const isNews = Date.now() - Date.parse(process.ended_at) < NEWS_MS;
  if (isAwaited) forget(process.id);
  if (isAwaited || (failures && isFailure(process) && isNews)) once(`execdeck-notify ${process.id} ${process.revision}`, () => show(process));
}

function forget(id) {
  const wanted = notices();
  keepNotices({ ...wanted, ids: wanted.ids.filter((each) => each !== id) });
  dispatchEvent(new CustomEvent("execdeck-notices"));
}

// As the list counts it.
function isFailure({ state, exit, gave_up: gaveUp, limit_hit: limit }) {
  if (gaveUp || limit === "memory_bytes") return true;
  return ["failed", "timed_out", "interrupted"].includes(state) || (state === "exited" && exit?.code !== 0);
}

function once(name, act) {
  if (!navigator.locks) return act();
  navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    act();
    await new Promise((resolve) => setTimeout(resolve, HELD_MS));
  });
}

function show(process) {
  const how = { exited: `exit ${process.exit?.code}`, killed: `killed by ${process.exit?.signal}`, timed_out: "timed out", failed: "failed to start", interrupted: "its end is unknown" };
  const notification = new Notification(`${process.name}: ${how[process.state]}`, { body: isFailure(process) ? "It failed." : "It has ended.", tag: process.id, icon: document.querySelector("link[rel=icon]")?.href });
  notification.onclick = () => {
    focus();
    notification.close();
    location.assign(`${base}/admin/exec/${process.id}`);
  };
}
