// Parts of a page that are loaded when somebody opens them: `<on-demand data-part="usage"><details>…`. Whether one is open is kept for all pages.

const folder = new URL(".", import.meta.url);
const styles = new Set();

class OnDemand extends HTMLElement {
  #leave;

  connectedCallback() {
    // Its content may come right after it.
    queueMicrotask(() => this.isConnected && this.#begin());
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#leave = undefined;
  }

  #begin() {
    const details = this.querySelector("details");
    const key = `execdeck.open.${this.dataset.part}`;
    const toggled = () => {
      keep(key, details.open);
      if (details.open) this.#open(details);
      else this.disconnectedCallback();
    };
    details.addEventListener("toggle", toggled);
    // It may have been opened before this script was here.
    if (details.open) toggled();
    else if (kept(key)) details.open = true;
  }

  async #open(details) {
    const name = this.dataset.part;
    const body = details.querySelector("div");
    if (!styles.has(name)) {
      styles.add(name);
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(`${name}.css`, folder) }));
    }
    try {
      const { fill } = await import(new URL(`${name}.js`, folder));
      if (!this.isConnected || !details.open) return;
      this.#leave?.();
      this.#leave = fill(body, this);
    } catch {
      body.textContent = "This part could not be loaded. Reload the page.";
    }
  }
}

// Storage may be switched off.
function kept(key) {
  try {
    return localStorage.getItem(key) === "true";
  } catch {
    return false;
  }
}

function keep(key, open) {
  try {
    if (open) localStorage.setItem(key, "true");
    else localStorage.removeItem(key);
  } catch {}
}

customElements.define("on-demand", OnDemand);
