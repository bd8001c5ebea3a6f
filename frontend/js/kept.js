// Choices that a browser keeps. Its storage may be switched off or full: then they last as long as the page.

export function readKept(key) {
  try {
    return Object(JSON.parse(localStorage.getItem(key)));
  } catch {
    return {};
  }
}

export function keep(key, choices) {
  try {
    localStorage.setItem(key, JSON.stringify(choices));
  } catch {}
}
