// The server's time, as its answers say it: this machine's clock may be wrong.

// An answer says whole seconds, and takes a while: less is no difference.
const LEAST_MS = 5000;

// How far the server's clock is ahead, in ms.
let ahead = 0;

export function heard(response) {
  const difference = Date.parse(response.headers.get("date")) - Date.now();
  if (!Number.isNaN(difference)) ahead = Math.abs(difference) < LEAST_MS ? 0 : difference;
}

// In ms since 1970.
export const serverNow = () => Date.now() + ahead;
