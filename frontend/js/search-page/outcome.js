// What has become of a process, in words and colours as the list has them (`app/src/format/outcome.rs`).

export function outcomeOf({ state, exit, unsuccessful }) {
  if (state === "exited" && exit?.code !== undefined) return `exit ${exit.code}`;
  if (state === "killed" && exit?.signal) return `killed by ${exit.signal}`;
  if (state === "failed") return unsuccessful ? "failed to start" : "cancelled";
  return state.replaceAll("_", " ");
}

const HUES = { starting: "running", running: "running", stopping: "warned", restarting: "warned", interrupted: "neutral" };

export function hueOf({ state, unsuccessful }) {
  return HUES[state] ?? (unsuccessful ? "failed" : state === "exited" ? "succeeded" : "neutral");
}
