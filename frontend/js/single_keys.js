// Whether keys without Ctrl do something, such as `f` and `n`: who types by voice, or types beside the field, switches them off.

const KEY = "execdeck.keys";

export function singleKeys() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function setSingleKeys(on) {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {}
}
