// `<end-notice data-id>`: a box that asks for a notification when the process has ended. What notifies is loaded only by those who want it.

const folder = new URL(".", import.meta.url);
const load = () => import(new URL("notify.js", folder));
const isWanted = () => {
  try {
    return localStorage.getItem("execdeck.notify") !== null;
  } catch {
    return false;
  }
};

class EndNotice extends HTMLElement {
  #box = Object.assign(document.createElement("input"), { type: "checkbox" });
  #problem = Object.assign(document.createElement("span"), { className: "field-error", role: "alert" });
  #update = async () => (this.#box.checked = isWanted() && (await load()).notices().ids.includes(this.dataset.id));

  connectedCallback() {
    const label = Object.assign(document.createElement("label"), { className: "switch" });
    label.append(this.#box, "Notify me when it ends");
    this.replaceChildren(label, this.#problem);
    this.#box.onchange = async () => {
      this.#problem.textContent = await (await load()).setEndNotice(this.dataset.id, this.#box.checked);
      this.#update();
    };
    addEventListener("execdeck-notices", this.#update);
    this.#update();
  }

  disconnectedCallback() {
    removeEventListener("execdeck-notices", this.#update);
  }
}

customElements.define("end-notice", EndNotice);
if (isWanted()) load();
addEventListener("execdeck-notices", load, { once: true });
addEventListener("storage", ({ key }) => key === "execdeck.notify" && dispatchEvent(new CustomEvent("execdeck-notices")));
