// Notifies of the ends that somebody waits for, and of failures, once for all tabs of a browser.
import { call } from "./call.js";
import { isRecent } from "./notify/clock.js";
import { keepNotices, notices } from "./notify/kept.js";
import { show } from "./notify/show.js";
import { isRefused } from "./refresh.js";
export { setEndNotice } from "./notify/permission.js";
export { notices };

const ENDED = ["exited", "killed", "timed_out", "failed", "interrupted"];
// What is awaited is asked for, too: events may have been missed.
const EVERY_MS = 30_000;
// How long no other tab notifies of the same.
const HELD_MS = 5000;

addEventListener("execdeck-process", ({ detail }) => {
  const { failures, ids } = notices();
  if (failures || ids.length > 0) heard(JSON.parse(detail));
});
const timer = setInterval(ask, EVERY_MS);
ask();

async function ask() {
  for (const id of notices().ids) {
    const response = await call("get_process", { id }).catch(() => null);
    if (response?.ok) heard(await response.json());
    else if (response?.status === 404) forget(id);
    else if (isRefused(response)) return clearInterval(timer);
  }
}

async function heard(process) {
  if (!ENDED.includes(process.state)) return;
  const { failures, ids } = notices();
  const isAwaited = ids.includes(process.id);
  if (isAwaited) forget(process.id);
  if (isAwaited || (failures && process.unsuccessful && (await isRecent(process.ended_at)))) once(`execdeck-notify ${process.id} ${process.revision}`, () => show(process));
}

function forget(id) {
  const wanted = notices();
  keepNotices({ ...wanted, ids: wanted.ids.filter((each) => each !== id) });
  dispatchEvent(new CustomEvent("execdeck-notices"));
}

function once(name, act) {
  if (!navigator.locks) return act();
  navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    act();
    await new Promise((resolve) => setTimeout(resolve, HELD_MS));
  });
}
