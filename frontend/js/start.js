// The page's entry: loads the WebAssembly and hydrates what the server has sent.
import init, { hydrate } from "./execdeck.js";

await init({ module_or_path: new URL("./execdeck_bg.wasm", import.meta.url) });
hydrate();
