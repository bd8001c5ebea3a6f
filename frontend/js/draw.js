// Draws with the graphics processor where there is one: for output that is more than a little. Software that imitates one is
// slower than the DOM renderer, which stays then, and the code is not even loaded.

// How much output, in bytes, the DOM renderer draws alone.
const LITTLE = 256 << 10;
// Such software, by its names: Chromium may have it without saying that it is slow.
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export class FastDrawing {
  #terminal;
  #element;
  #changed;
  #left = LITTLE;
  #cancelled = false;

  // `changed()`: the cells have another size than before.
  constructor(terminal, element, changed) {
    this.#terminal = terminal;
    this.#element = element;
    this.#changed = changed;
    element.dataset.renderer = "dom";
  }

  // Counts output that is about to be drawn.
  count(bytes) {
    const before = this.#left;
    this.#left -= bytes;
    if (before > 0 && this.#left <= 0) this.#load();
  }

  dispose() {
    this.#cancelled = true;
  }

  async #load() {
    const probe = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    if (!probe) return;
    const isSoftware = SOFTWARE.test(nameOf(probe));
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    if (isSoftware) return;
    try {
      const { WebglAddon } = await import("./webgl.js");
      if (this.#cancelled) return;
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => {
        webgl.dispose();
        this.#drawnBy("dom");
      });
      this.#terminal.loadAddon(webgl);
      this.#drawnBy("webgl");
    } catch {
      // The DOM renderer stays.
    }
  }

  #drawnBy(renderer) {
    this.#element.dataset.renderer = renderer;
    this.#changed();
  }
}

// What draws. Firefox tells it by the standard name, and warns of who uses the other one.
function nameOf(webgl) {
  const name = webgl.getParameter(webgl.RENDERER);
  const masked = name === "WebKit WebGL" && webgl.getExtension("WEBGL_debug_renderer_info");
  return masked ? webgl.getParameter(masked.UNMASKED_RENDERER_WEBGL) : name;
}
