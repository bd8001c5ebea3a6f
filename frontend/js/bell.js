// `<end-notice data-id>`: a box that asks for a notification when the process has ended. What notifies is loaded only by those who want it.
import { t } from "../../app/js/texts.js";

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
  #update = async () => {
    const module = isWanted() && (await load().catch(() => undefined));
    this.#box.checked = Boolean(module) && module.notices().ids.includes(this.dataset.id);
  };

  connectedCallback() {
    const label = Object.assign(document.createElement("label"), { className: "switch" });
    label.append(this.#box, t("Notify me when it ends"));
    this.replaceChildren(label, this.#problem);
    this.#box.onchange = async () => {
      const module = await load().catch(() => undefined);
      this.#problem.textContent = module ? await module.setEndNotice(this.dataset.id, this.#box.checked) : t("This could not be loaded. Check the connection and try again.");
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
// What cannot be loaded is tried again with the next change.
const start = () => load().catch(() => {});
if (isWanted()) start();
addEventListener("execdeck-notices", start);
addEventListener("storage", ({ key }) => key === "execdeck.notify" && dispatchEvent(new CustomEvent("execdeck-notices")));
