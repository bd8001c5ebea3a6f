// The colour of a process's state, as the list has it (`app/src/format/outcome.rs`).

const HUES = { starting: "running", running: "running", stopping: "warned", restarting: "warned", interrupted: "neutral" };

export function hueOf({ state, unsuccessful }) {
  return HUES[state] ?? (unsuccessful ? "failed" : state === "exited" ? "succeeded" : "neutral");
}
