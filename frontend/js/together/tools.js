// The controls above the outputs: those of the log, with names that say what they are for here.
import { t } from "../../../app/js/texts.js";
import { goTo } from "../log/bar.js";
import { PLACES } from "../log/jump.js";

// `find`: the element of the search.
export function nameFind(find) {
  find.querySelector(".log-field").setAttribute("aria-label", t("Search in these outputs"));
  return find;
}

// `go(text)` returns, maybe later, what is wrong with the text, if anything is.
export function makeGoTo(go) {
  const form = goTo(go);
  const field = form.querySelector(".log-goto");
  field.setAttribute("aria-label", t("Go to {start}, {end}, or a time such as 14:05", PLACES));
  field.title = t("A time such as 14:05, {start}, or {end}", PLACES);
  return form;
}
