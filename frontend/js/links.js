// Links (OSC 8) come from the output, which is not trusted: only harmless schemes open, the target is shown before a
// click, and the page that opens learns nothing about this one.
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
import { t } from "../../app/js/texts.js";

const SAFE = /^(https?|mailto):/i;

// `element` is where the target is shown.
export function linkHandler(element) {
  const status = document.createElement("div");
  status.className = "term-link";
  status.hidden = true;
  element.append(status);
  return {
    // By itself xterm.js allows only http and https; `SAFE` decides instead.
    allowNonHttpProtocols: true,
    activate: (_event, address) => SAFE.test(address) && follow(address),
    hover: (_event, address) => {
      status.textContent = SAFE.test(address) ? address : t("Blocked link: {address}", { address });
      status.hidden = false;
    },
    leave: () => (status.hidden = true),
    dispose: () => status.remove(),
  };
}

function follow(address) {
  // Not in the document, so that the page's router does not see the click.
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.rel = "noopener noreferrer";
  // A mail program opens beside the page; a new tab for it would stay empty.
  if (!/^mailto:/i.test(address)) anchor.target = "_blank";
  anchor.click();
}
