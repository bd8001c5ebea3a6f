// Parts of a page that are loaded when somebody opens them: `<on-demand data-part="usage"><details>…`. Whether one is open is kept for all pages.
import { t } from "../../app/js/texts.js";
import { keep, readKept } from "./kept.js";
import { addStyles } from "./styles.js";

const folder = new URL(".", import.meta.url);

class OnDemand extends HTMLElement {
  #leave;

  connectedCallback() {
    // Its content may come right after it.
    queueMicrotask(() => this.isConnected && this.#begin());
  }

  disconnectedCallback() {
    this.#close();
  }

  #begin() {
    // Whoever may not see it (`style/rights.css`) has nothing to open.
    if (getComputedStyle(this).display === "none") return;
    const details = this.querySelector("details");
    const key = `execdeck.open.${this.dataset.part}`;
    const toggled = () => {
      keep(key, details.open ? { open: true } : undefined);
      if (details.open) this.#open(details);
      else this.#close();
    };
    // One, also where the element was moved in the document.
    details.ontoggle = toggled;
    // It may have been opened before this script was here.
    if (details.open) toggled();
    else if (readKept(key).open) details.open = true;
  }

  #close() {
    this.#leave?.();
    this.#leave = undefined;
  }

  async #open(details) {
    const name = this.dataset.part;
    const body = details.querySelector("div");
    // Without them it can be read, too.
    addStyles(new URL(`${name}.css`, folder)).catch(() => {});
    try {
      const { fill } = await import(new URL(`${name}.js`, folder));
      if (!this.isConnected || !details.open) return;
      this.#leave?.();
      this.#leave = fill(body, this);
    } catch {
      body.textContent = t("This part could not be loaded. Reload the page.");
    }
  }
}

customElements.define("on-demand", OnDemand);
