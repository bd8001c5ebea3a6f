// Links in the output (OSC 8) come from the output: only such as can do no harm, their target is shown before a click,
// and the page that they open learns nothing of this one.
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda

const SAFE = /^(https?|mailto):/i;

// `element` is where the target is shown.
export function linkHandler(element) {
  const status = document.createElement("div");
  status.className = "term-link";
  status.hidden = true;
  element.append(status);
  return {
    // xterm.js itself would pass http and https only; `SAFE` decides instead.
    allowNonHttpProtocols: true,
    activate: (_event, address) => SAFE.test(address) && follow(address),
    hover: (_event, address) => {
      status.textContent = SAFE.test(address) ? address : `Not followed: ${address}`;
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
