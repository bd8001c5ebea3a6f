// Choices that a browser keeps. Its storage may be switched off or full: then they last as long as the page.

export function readKept(key) {
  try {
    return Object(JSON.parse(localStorage.getItem(key)));
  } catch {
    return {};
  }
}

// Without choices, nothing is kept.
export function keep(key, choices) {
  try {
    if (choices === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(choices));
  } catch {}
}
