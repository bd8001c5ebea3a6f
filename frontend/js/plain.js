// The entry of pages without the app (`app/src/plain/document.rs`): keys of the whole page, and the buttons of the bar. Their code is loaded
// when somebody uses one, or comes back to the tab, or has switched off single keys.
let loading;
const more = () => (loading ??= import("./plain-more.js").catch(() => (loading = undefined)));

addEventListener("focus", more);
for (const type of ["pointerdown", "focusin"]) document.querySelector(".bar").addEventListener(type, more, { once: true });
try {
  if (localStorage.getItem("execdeck.keys")) more();
} catch {}

const isTyped = ({ target }) => target.matches?.("input, textarea, select");

const early = async (event) => {
  const { key, ctrlKey, metaKey } = event;
  const isOurs = ctrlKey || metaKey ? key.toLowerCase() === "k" : ["?", "/", "n"].includes(key) && !isTyped(event);
  if (!isOurs) return;
  // Firefox would go to its own search.
  if (key !== "n" && key !== "?") event.preventDefault();
  const module = await more();
  if (!module) return;
  removeEventListener("keydown", early);
  module.pressed(event);
};
addEventListener("keydown", early);
addEventListener("click", async ({ target }) => {
  const control = target.closest?.("[data-does]");
  if (control) (await more())?.act(control);
});
