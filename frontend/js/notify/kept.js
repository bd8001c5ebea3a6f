// What this browser wants to be notified of: `{failures, ids}`. `ids`: processes whose end is awaited.

const KEY = "execdeck.notify";

export function notices() {
  try {
    return { failures: false, ids: [], ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { failures: false, ids: [] };
  }
}

export function keepNotices(wanted) {
  try {
    if (wanted.failures || wanted.ids.length > 0) localStorage.setItem(KEY, JSON.stringify(wanted));
    else localStorage.removeItem(KEY);
  } catch {}
}
