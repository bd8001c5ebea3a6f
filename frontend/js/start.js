// The page's entry: loads the WebAssembly and hydrates what the server has sent.
import init, { hydrate } from "./execdeck.js";
import "./bell.js";
import "./demand.js";
import "./favicon.js";
import "./health.js";
import "./replay-link.js";
import "./shortcuts.js";

// After a panic nothing on the page works any more: it has to say so.
const watch = ({ error, reason }) => {
  if (!((error ?? reason) instanceof WebAssembly.RuntimeError) || document.querySelector(".stopped")) return;
  const note = Object.assign(document.createElement("p"), { className: "note failed stopped", role: "alert" });
  const reload = Object.assign(document.createElement("a"), { href: "", textContent: "Reload the page" });
  reload.onclick = () => location.reload();
  note.append("This page has stopped because of an error in it. Your processes keep running. ", reload);
  document.getElementById("main").prepend(note);
};
addEventListener("error", watch);
addEventListener("unhandledrejection", watch);

await init({ module_or_path: new URL("./execdeck_bg.wasm", import.meta.url) });
// Compiling and hydrating are long tasks each on a phone: between them the page can react.
await new Promise((resolve) => setTimeout(resolve));
hydrate();
