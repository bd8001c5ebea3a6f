// Switches to WebGL once the page is idle, where there is a graphics processor. Software rendering would be slower than
// the DOM renderer, which stays then.
import { WebglAddon } from "@xterm/addon-webgl";

// Returns a function that cancels it.
export function drawFast(terminal, element) {
  element.dataset.renderer = "dom";
  const load = () => {
    const probe = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    if (!probe) return;
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => {
        webgl.dispose();
        element.dataset.renderer = "dom";
      });
      terminal.loadAddon(webgl);
      element.dataset.renderer = "webgl";
    } catch {
      // The DOM renderer stays.
    }
  };
  // Safari has no idle callbacks.
  if (!window.requestIdleCallback) {
    const timer = setTimeout(load, 200);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(load, { timeout: 2000 });
  return () => cancelIdleCallback(handle);
}
