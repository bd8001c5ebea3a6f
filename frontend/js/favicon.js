// The icon of the tab shows the state of the process that the page shows, as its title does.

const link = document.querySelector("link[rel=icon]");
const plain = link.href;
const HUES = { running: "#1b5fc4", succeeded: "#1a7340", failed: "#bd2222", warned: "#b07400", neutral: "#5f5a86" };
// A mark as well, for those who cannot tell the colours apart.
const MARKS = {
  running: '<path d="M22 19v10l8-5z" fill="#fff"/>',
  succeeded: '<path d="M20.5 24l3 3 5-6" fill="none" stroke="#fff" stroke-width="2.5"/>',
  failed: '<path d="M21 20l7 7m0-7l-7 7" stroke="#fff" stroke-width="2.5"/>',
  warned: '<path d="M24.5 19v6m0 2v2" stroke="#fff" stroke-width="2.5"/>',
  neutral: '<path d="M21 21h7v6h-7z" fill="#fff"/>',
};

function update() {
  const classes = document.querySelector(".strip .state")?.classList;
  const hue = Object.keys(HUES).find((name) => classes?.contains(name));
  if (!hue) {
    if (link.href !== plain) link.href = plain;
    return;
  }
  const mark = `<circle cx="24.5" cy="24" r="7.5" fill="${HUES[hue]}" stroke="#fff"/>${MARKS[hue]}`;
  const sign = '<rect width="32" height="32" rx="7" fill="#2457d6"/><path d="M7 7l6 6-6 6" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>';
  const icon = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${sign}${mark}</svg>`)}`;
  if (link.href !== icon) link.href = icon;
}

// The title changes with the page and with the state, and before the mark does.
let timer;
new MutationObserver(() => {
  clearTimeout(timer);
  timer = setTimeout(update, 50);
}).observe(document.head, { childList: true, subtree: true, characterData: true });
update();
