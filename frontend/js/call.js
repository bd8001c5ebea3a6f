const ANSWER_MS = 10_000;

// Calls a server function, `POST /api/<name>`. Returns the response, whatever its status; rejects if there is none in time, or the
// signal says that nobody waits for it any more.
export function call(name, body, { signal: given, answerMs = ANSWER_MS } = {}) {
  const timeout = AbortSignal.timeout(answerMs);
  const signal = given ? AbortSignal.any([given, timeout]) : timeout;
  const base = document.documentElement.dataset.base ?? "";
  return fetch(`${base}/api/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
}
