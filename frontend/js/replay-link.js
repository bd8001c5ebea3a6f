// Plays the recording that a link leads to in the page. What plays it is loaded then; if it cannot be, the link does what links do: the
// recording is downloaded.

export async function playLink(link) {
  // A menu closes behind it: the focus comes back to what opens the menu.
  (link.closest("details")?.querySelector("summary") ?? link).focus();
  try {
    const [{ replay }] = await Promise.all([import("./replay.js"), loadStyles("terminal"), loadStyles("replay")]);
    replay(link.href);
  } catch {
    location.assign(link.href);
  }
}

function loadStyles(name) {
  const { href } = new URL(`./${name}.css`, import.meta.url);
  if ([...document.querySelectorAll("link[rel=stylesheet]")].some((link) => link.href === href)) return undefined;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(href));
    };
    document.head.append(link);
  });
}
