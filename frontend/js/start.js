// The page's entry: loads the WebAssembly and hydrates what the server has sent.
import { t } from "../../app/js/texts.js";
import init, { hydrate } from "./execdeck.js";

// What nobody needs before they do something or look elsewhere: loaded then, or at once where something was opened, is awaited, or was
// switched off; and after a while, since it keeps what the page says of the server up to date.
let loading;
const load = () => (loading ??= import("./more.js"));
// Without a connection it is tried again the next time.
const more = () => load().catch(() => (loading = undefined));
for (const type of ["pointerdown", "focusin", "focus", "visibilitychange"]) addEventListener(type, more);
addEventListener("pointermove", more, { once: true });
setTimeout(more, 30_000);
const early = async (event) => {
  // Firefox would go to its own search.
  const isOurs = event.ctrlKey || event.metaKey ? event.key === "k" : event.key === "/" && !event.target.matches?.("input, textarea, select");
  if (isOurs && !event.target.closest?.(".term.holds-keys")) event.preventDefault();
  const module = await more();
  if (!module) return;
  removeEventListener("keydown", early);
  module.pressed(event);
};
addEventListener("keydown", early);
addEventListener("click", async (event) => {
  const control = event.target.closest?.("a.replay-link, [data-does]");
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const module = await more();
  if (module) module.act(control);
  else if (control.href) location.assign(control.href);
});
// What is wrong is in the document as it was sent: nothing is no news.
addEventListener("execdeck-health", async ({ detail }) => {
  if (loading || !/"problems":\[\]/.test(detail) || !document.querySelector(".problems").hidden) (await more())?.hearHealth(detail);
});
try {
  if (document.hidden || Object.keys(localStorage).some((key) => /^execdeck\.(open|notify|keys)/.test(key))) more();
} catch {}

// After a panic nothing on the page works any more: it has to say so.
const watch = ({ error, reason }) => {
  if (!((error ?? reason) instanceof WebAssembly.RuntimeError) || document.querySelector(".stopped")) return;
  const note = Object.assign(document.createElement("p"), { className: "note failed stopped", role: "alert" });
  const reload = Object.assign(document.createElement("a"), { href: "", textContent: t("Reload the page") });
  reload.onclick = () => location.reload();
  note.append(t("This page has stopped because of an error in it. Your processes keep running."), " ", reload);
  document.getElementById("main").prepend(note);
};
addEventListener("error", watch);
addEventListener("unhandledrejection", watch);

await init({ module_or_path: new URL("./execdeck_bg.wasm", import.meta.url) });
// Compiling and hydrating are long tasks each on a phone: between them the page can react.
await new Promise((resolve) => setTimeout(resolve));
hydrate();
