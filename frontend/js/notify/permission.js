// Asks the browser for notifications, and says plainly if it does not give them.
import { t } from "../../../app/js/texts.js";
import { keepNotices, notices } from "./kept.js";

// Whether notifications can be shown; if not, why.
async function refused() {
  if (!("Notification" in window) || !isSecureContext) return t("This browser shows notifications only for addresses with https.");
  if (Notification.permission !== "granted" && !canBeMade()) return t("This browser does not show notifications of pages.");
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  return answer === "granted" ? "" : t("Notifications of this page are blocked. Allow them in the browser's settings for this address.");
}

// Chrome for Android has them for service workers only, and says so when one is made. Before they are allowed, none is shown by that.
function canBeMade() {
  try {
    new Notification("");
    return true;
  } catch {
    return false;
  }
}

// Each returns why it could not be done, or "".
export async function setFailureNotices(on) {
  const problem = on ? await refused() : "";
  if (!problem) change((wanted) => (wanted.failures = on));
  return problem;
}

export async function setEndNotice(id, on) {
  const problem = on ? await refused() : "";
  if (!problem) change((wanted) => (wanted.ids = [...wanted.ids.filter((each) => each !== id), ...(on ? [id] : [])]));
  return problem;
}

function change(apply) {
  const wanted = notices();
  apply(wanted);
  keepNotices(wanted);
  dispatchEvent(new CustomEvent("execdeck-notices"));
}
