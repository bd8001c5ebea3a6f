// What has become of a process, in the words of the list (`app/src/format/outcome.rs`).

const ACTIVE = new Set(["queued", "starting", "running", "stopping", "restarting"]);

export const isActive = (state) => ACTIVE.has(state);

// The state in a word or two; for an ended process how it ended.
export function outcome({ state, exit, limit_hit: limit, gave_up: gaveUp, unsuccessful }) {
  const text = ending(state, exit, limit, unsuccessful);
  return gaveUp ? `gave up, ${text}` : text;
}

function ending(state, exit, limit, unsuccessful) {
  if (limit === "memory_bytes" && !isActive(state)) return "memory limit";
  if (state === "exited" && exit?.code !== undefined) return `exit ${exit.code}`;
  if (state === "killed" && exit?.signal) return `killed by ${exit.signal}`;
  if (state === "timed_out") return "timed out";
  if (state === "failed") return unsuccessful ? "failed to start" : "cancelled";
  return state;
}
