// What has become of a process, in the words of the list (`app/src/format/outcome.rs`).
import { t } from "../../app/js/texts.js";

const ACTIVE = new Set(["queued", "starting", "running", "stopping", "restarting"]);

export const isActive = (state) => ACTIVE.has(state);

const NAMES = {
  queued: t("queued"),
  starting: t("starting"),
  running: t("running"),
  stopping: t("stopping"),
  restarting: t("restarting"),
  exited: t("exited"),
  killed: t("killed"),
  timed_out: t("timed out"),
  failed: t("failed"),
  interrupted: t("interrupted"),
  unknown: t("unknown"),
};

// The state in a word.
export const stateName = (state) => NAMES[state] ?? state.replaceAll("_", " ");

// The state in a word or two; for an ended process how it ended.
export function outcome({ state, exit, limit_hit: limit, gave_up: gaveUp, unsuccessful }) {
  const text = ending(state, exit, limit, unsuccessful);
  return gaveUp ? t("gave up, {outcome}", { outcome: text }) : text;
}

function ending(state, exit, limit, unsuccessful) {
  if (limit === "memory_bytes" && !isActive(state)) return t("memory limit");
  if (state === "exited" && exit?.code !== undefined) return t("exit {code}", { code: exit.code });
  if (state === "killed" && exit?.signal) return t("killed by {signal}", { signal: exit.signal });
  if (state === "failed") return unsuccessful ? t("failed to start") : t("cancelled");
  return stateName(state);
}
