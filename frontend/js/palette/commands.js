// What the page offers by its links and buttons, and a few things of its own: `{label, hint, run}`.
import { t } from "../../../app/js/texts.js";
import { notices } from "../notify/kept.js";
import { setFailureNotices } from "../notify/permission.js";
import { toast } from "../toast.js";

const shown = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());

const nameOf = (element) => (element.getAttribute("aria-label") ?? element.textContent).trim();

export function commandsHere(openKeys) {
  const clicks = (selector, hint, label = nameOf) => shown(selector).map((element) => ({ label: label(element), hint, run: () => element.click() }));
  const failures = notices().failures;
  return [
    ...clicks(".strip-actions > :is(a, button), .strip-actions form button:not(.menu *)", t("this process")),
    ...clicks(".strip .menu-items button", t("this process"), (button) => t("Send: {signal}", { signal: nameOf(button) })),
    ...clicks(".output-views label", t("this output"), (label) => (label.querySelector("input").value === "log" ? t("Show as log") : t("Show as terminal"))),
    ...shown("on-demand summary").map((summary) => ({ label: nameOf(summary), hint: t("details"), run: () => reveal(summary) })),
    ...clicks(".bar a.button", t("page")),
    ...clicks(".bar nav a", t("page"), (link) => (link.pathname.endsWith("/exec/search") ? t("Search all output") : nameOf(link))),
    ...clicks(".bar a.person", t("page"), () => t("Your account")),
    ...clicks(".segments a", t("filter"), (link) => t("List: {filter}", { filter: [...link.childNodes].find((node) => node.nodeType === Node.TEXT_NODE)?.data ?? nameOf(link) })),
    { label: failures ? t("Stop notifying me of failures") : t("Notify me of failures"), hint: t("browser"), run: () => changeFailureNotices(!failures) },
    ...clicks('.bar [data-does="theme"]', t("browser")),
    { label: t("Keyboard shortcuts"), hint: "?", run: openKeys },
    ...clicks(".sign-out button", t("session")),
  ];
}

function reveal(summary) {
  summary.parentElement.open = true;
  summary.focus();
  summary.scrollIntoView({ block: "nearest" });
}

async function changeFailureNotices(on) {
  const problem = await setFailureNotices(on);
  toast(problem || (on ? t("This browser notifies you of failures while a page of Execdeck is open.") : t("This browser no longer notifies you of failures.")));
}
