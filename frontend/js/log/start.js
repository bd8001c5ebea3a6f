// When the process started, in ms; NaN if it has not, or if that cannot be learnt now.
export async function startOf(api, id) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${api}/get_process`, { method: "POST", headers, body: JSON.stringify({ id }) }).catch(() => undefined);
  return response?.ok ? Date.parse((await response.json()).started_at) : NaN;
}
