// Whether keys without Ctrl do something, such as `f` and `n`: who types by voice, or types beside the field, switches them off.
import { keep, readKept } from "./kept.js";

const KEY = "execdeck.keys";

export const singleKeys = () => !readKept(KEY).off;

export function setSingleKeys(on) {
  keep(KEY, on ? undefined : { off: true });
}
