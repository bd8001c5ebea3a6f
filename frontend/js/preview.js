// Shows what a form would run while it is filled in. Without this script a button does.
import { t } from "../../app/js/texts.js";

const PAUSE_MS = 250;

const form = document.querySelector("form[data-previewed]");
const place = form.querySelector("[data-preview]");
let timer;
let request;

function show({ words, around, problem }) {
  const codes = words.flatMap((word) => [code(word), " "]);
  place.querySelector("[data-words]").replaceChildren(...codes);
  line("[data-around]", around);
  line("[data-problem]", problem);
  place.hidden = false;
}

// A word whose placeholders are marked, as the server does it. Whatever is in it stays text.
function code(word) {
  const element = document.createElement("code");
  word.split(/(\{\{[a-z][a-z0-9_-]*\}\})/i).filter(Boolean).forEach((part) => {
    const isPlaceholder = /^\{\{[a-z][a-z0-9_-]*\}\}$/i.test(part);
    const mark = isPlaceholder ? document.createElement("mark") : part;
    if (isPlaceholder) mark.textContent = part.slice(2, -2);
    element.append(mark);
  });
  return element;
}

function line(selector, text) {
  const element = place.querySelector(selector);
  element.textContent = text ?? "";
  element.hidden = !text;
}

async function refresh() {
  request?.abort();
  request = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "live");
  try {
    const response = await fetch(form.action, { method: "POST", body, signal: request.signal });
    if (response.ok) show(await response.json());
    else line("[data-problem]", response.status === 401 ? t("Not up to date: you are signed out.") : t("Not up to date."));
  } catch (error) {
    // What was shown last stays, and the next change asks again.
    if (error.name !== "AbortError") line("[data-problem]", t("Not up to date: the server cannot be reached."));
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, PAUSE_MS);
});
