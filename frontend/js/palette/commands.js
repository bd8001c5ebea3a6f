// What the page offers by its links and buttons, and a few things of its own: `{label, hint, run}`.
import { notices } from "../notify/kept.js";
import { setFailureNotices } from "../notify/permission.js";
import { toast } from "../toast.js";

const shown = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());

const nameOf = (element) => (element.getAttribute("aria-label") ?? element.textContent).trim();

export function commandsHere(openKeys) {
  const clicks = (selector, hint, label = nameOf) => shown(selector).map((element) => ({ label: label(element), hint, run: () => element.click() }));
  const failures = notices().failures;
  return [
    ...clicks(".strip-actions > :is(a, button), .strip-actions form button:not(.menu *)", "this process"),
    ...clicks(".strip .menu-items button", "this process", (button) => `Send: ${nameOf(button)}`),
    ...clicks(".output-views label", "this output", (label) => `Show as ${nameOf(label).toLowerCase()}`),
    ...shown("on-demand summary").map((summary) => ({ label: nameOf(summary), hint: "details", run: () => reveal(summary) })),
    ...clicks(".bar a.button", "page"),
    ...clicks(".bar nav a", "page", (link) => (link.pathname.endsWith("/exec/search") ? "Search all output" : nameOf(link))),
    ...clicks(".bar a.person", "page", () => "Your account"),
    ...clicks(".segments a", "filter", (link) => `List: ${[...link.childNodes].find((node) => node.nodeType === Node.TEXT_NODE)?.data ?? nameOf(link)}`),
    { label: failures ? "Stop notifying me of failures" : "Notify me of failures", hint: "browser", run: () => changeFailureNotices(!failures) },
    ...clicks('.bar button[aria-label^="Change theme"]', "browser"),
    { label: "Keyboard shortcuts", hint: "?", run: openKeys },
    ...clicks(".sign-out button", "session"),
  ];
}

function reveal(summary) {
  summary.parentElement.open = true;
  summary.focus();
  summary.scrollIntoView({ block: "nearest" });
}

async function changeFailureNotices(on) {
  const problem = await setFailureNotices(on);
  toast(problem || (on ? "This browser notifies you of failures while a page of Execdeck is open." : "This browser no longer notifies you of failures."));
}
