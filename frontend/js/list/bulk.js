// Calls a server function for many processes.
import { t } from "../../../app/js/texts.js";
import { call } from "../call.js";

// A server is to answer others meanwhile.
const AT_ONCE = 4;
const ANSWER = 60_000;
const UNREACHABLE = t("The server cannot be reached. Check the connection and try again.");

// Calls it for each of the processes, each an `{id, name}`. `progress(process, done)`: so many have been dealt with, the last
// one without a failure. Returns those that have failed, each with a `message`.
export async function carryOut(name, processes, progress) {
  const failures = [];
  const waiting = [...processes];
  let done = 0;
  progress(undefined, done);
  const work = async () => {
    for (let process = waiting.shift(); process; process = waiting.shift()) {
      const message = await ask(name, process.id);
      if (message) failures.push({ ...process, message });
      progress(message ? undefined : process, ++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

// Returns what went wrong, if anything.
async function ask(name, id) {
  try {
    const response = await call(name, { id }, { answerMs: ANSWER });
    // Somebody else has removed it meanwhile.
    if (response.ok || response.status === 404) return undefined;
    return (await response.json()).message ?? UNREACHABLE;
  } catch {
    return UNREACHABLE;
  }
}
