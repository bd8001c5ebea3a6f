// What this browser wants to be notified of: `{failures, ids}`. `ids`: processes whose end is awaited.
import { keep, readKept } from "../kept.js";

const KEY = "execdeck.notify";

export const notices = () => ({ failures: false, ids: [], ...readKept(KEY) });

export function keepNotices(wanted) {
  keep(KEY, wanted.failures || wanted.ids.length > 0 ? wanted : undefined);
}
