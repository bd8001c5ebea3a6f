// A short message over the page, which goes by itself unless the pointer or the focus is on it.
import "../../style/toast.css";
import { make } from "./log/dom.js";

const SHOWN_MS = 8000;

const area = make("div", { className: "toasts", role: "status" });

export function toast(text) {
  // Last in the document: also over what has been added since.
  document.body.append(area);
  const close = make("button", { type: "button", className: "ghost small", "aria-label": "Close this message" }, "Close");
  const message = make("p", {}, make("span", {}, text), close);
  const go = () => message.remove();
  let timer = setTimeout(go, SHOWN_MS);
  const stay = () => clearTimeout(timer);
  const leave = () => (timer = setTimeout(go, SHOWN_MS / 2));
  message.addEventListener("pointerenter", stay);
  message.addEventListener("focusin", stay);
  message.addEventListener("pointerleave", leave);
  message.addEventListener("focusout", leave);
  close.addEventListener("click", go);
  // After the area is there, so that it is announced.
  setTimeout(() => area.append(message));
}
