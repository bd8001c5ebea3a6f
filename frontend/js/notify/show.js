// Shows how a process has ended: as a notification, or in the page where there are none.
import { t } from "../../../app/js/texts.js";
import { outcome } from "../outcome.js";
import { addStyles } from "../styles.js";
import { toast } from "../toast.js";

export function show(process) {
  const text = `${process.name}: ${outcome(process)}`;
  try {
    notify(process, text);
  } catch {
    // Without the styles it can be read, too.
    addStyles(import.meta.url.replace(/js$/, "css")).catch(() => {});
    toast(text);
  }
}

function notify({ id, unsuccessful }, text) {
  const notification = new Notification(text, { body: unsuccessful ? t("It failed.") : t("It has ended."), tag: id, icon: document.querySelector("link[rel=icon]")?.href });
  notification.onclick = () => {
    focus();
    notification.close();
    location.assign(`${document.documentElement.dataset.base ?? ""}/admin/exec/${id}`);
  };
}
