// A short message over the page, which goes by itself unless the pointer or the focus is on it.
import "../../style/toast.css";
import { t } from "../../app/js/texts.js";
import { make } from "./dom.js";

const SHOWN_MS = 8000;

const area = make("div", { className: "toasts", role: "status" });

export function toast(text) {
  // Last in the document: also over what has been added since.
  document.body.append(area);
  const close = make("button", { type: "button", className: "ghost small", "aria-label": t("Close this message") }, t("Close"));
  const message = make("p", {}, make("span", {}, text), close);
  const go = () => message.remove();
  let timer = setTimeout(go, SHOWN_MS);
  const restart = () => {
    clearTimeout(timer);
    if (!message.matches(":hover, :focus-within")) timer = setTimeout(go, SHOWN_MS / 2);
  };
  for (const type of ["pointerenter", "pointerleave", "focusin"]) message.addEventListener(type, restart);
  // Only afterwards it has no focus any more.
  message.addEventListener("focusout", () => setTimeout(restart));
  close.addEventListener("click", go);
  // After the area is there, so that it is announced.
  setTimeout(() => area.append(message));
}
