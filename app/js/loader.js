// Loads the log or the terminal when a page first needs it: no other page pays for it. `path` is that of the build's files.
const styles = {};

export async function openWidget(path, element, id, isTerminal, head, others, shown, typed, room, changed) {
  const bar = element.parentElement.querySelector(".output-bar");
  const chosen = bar ? offerViews(bar.querySelector(".output-views"), isTerminal, changed) : "terminal";
  const view = head ? "terminal" : chosen;
  // This script may come from another host.
  const address = `${location.origin + path}/${view}`;
  styles[address] ??= loadStyles(address);
  const [{ Session }] = await Promise.all([import(`${address}.js`), styles[address]]);
  await pause();
  const session = await Session.open(element, id, isTerminal, head, shown, others.guard(typed), room, changed);
  session.viewers = (json) => others.update(JSON.parse(json));
  await pause();
  return session;
}

// Lets the reader choose from both views, and returns the one that was chosen last: by default a log of what pipes print. The choice
// is kept for pipes and terminals apart. Only a log has the lines that an address names.
function offerViews(group, isTerminal, changed) {
  const key = `execdeck.view.${isTerminal ? "terminal" : "pipes"}`;
  // Chosen before, even if this script was not here then.
  const shown = group.querySelector(":checked")?.value;
  const chosen = group.onchange ? shown : /^#L\d/.test(location.hash) ? "log" : (shown ?? kept(key) ?? (isTerminal ? "terminal" : "log"));
  for (const input of group.querySelectorAll("input")) input.checked = input.value === chosen;
  let tell = changed;
  group.onchange = ({ target: { value } }) => {
    keep(key, value);
    // Once: the next session has its own way to say so.
    tell?.("view", value === "log");
    tell = undefined;
  };
  return chosen;
}

// Storage may be switched off: then a choice lasts as long as the page.
const choices = {};

function kept(key) {
  try {
    return choices[key] ?? localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, value) {
  choices[key] = value;
  try {
    localStorage.setItem(key, value);
  } catch {}
}

// Lets the page handle what has been clicked and typed: each of these steps takes a while on a phone.
const pause = () => new Promise((resolve) => setTimeout(resolve));

// If they cannot be loaded, the next widget tries again; this one is opened without them.
function loadStyles(address) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${address}.css` });
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      delete styles[address];
      resolve();
    };
    document.head.append(link);
  });
}
