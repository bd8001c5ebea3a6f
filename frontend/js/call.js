// Calls a server function, `POST /api/<name>`. Returns the response, whatever its status; rejects if there is none within ten seconds.
export function call(name, body, signal = AbortSignal.timeout(10_000)) {
  const base = document.documentElement.dataset.base ?? "";
  return fetch(`${base}/api/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });
}
