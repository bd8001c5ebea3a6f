// Asks whether text with line breaks should be pasted, and shows what it begins with.
import { plural, t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { makeDialog, textButton } from "./dialog.js";

// Shown of the text, in lines and characters of each.
const LINES = 8;
const WIDTH = 200;

export class Question {
  #page;
  #dialog;

  constructor(page) {
    this.#page = page;
  }

  // Resolves to whether it should.
  ask(text) {
    return new Promise((resolve) => {
      const { element, preferences, isLive } = this.#page;
      const lines = text.replace(/(\r\n?|\n)$/, "").split(/\r\n?|\n/);
      const shown = lines.slice(0, LINES).map((line) => shorten(line)).join("\n");
      const rest = lines.length > LINES ? plural(lines.length - LINES, "… and {count} more", "… and {count} more") : "";
      const never = make("input", { type: "checkbox" });
      const problem = make("p", { className: "term-problem", role: "status" });
      const yes = textButton("term-primary", t("Paste"), () => {
        if (!isLive()) return (problem.textContent = t("The program takes no input now."));
        this.#dialog.close("paste");
      });
      const no = textButton("", t("Cancel"), () => this.#dialog.close(""));
      const answered = (answer) => {
        if (answer && never.checked) preferences.set({ confirmPaste: false });
        this.dispose();
        resolve(answer === "paste");
      };
      const title = plural(lines.length, "Paste {count} line with a line break?", "Paste {count} lines?");
      const about = make("p", {}, t("Each line break is sent as Enter: the program may run each line at once."));
      // A description, so that screen readers read it with the title.
      about.id = "term-question";
      this.#dialog = makeDialog("term-question", title, answered, about, make("pre", { tabIndex: 0, translate: false, "aria-label": t("Beginning of the text") }, shown), make("p", {}, rest), make("label", {}, never, t("Do not ask again")), problem, make("div", { className: "term-answers" }, no, yes));
      this.#dialog.setAttribute("aria-describedby", about.id);
      element.parentElement.append(this.#dialog);
      this.#dialog.showModal();
      yes.focus();
    });
  }

  dispose() {
    const dialog = this.#dialog;
    this.#dialog = undefined;
    if (dialog?.open) dialog.close("");
    dialog?.remove();
  }
}

// Control characters as pictures of them.
function shorten(line) {
  const seen = line.slice(0, WIDTH).replace(/[\0-\x08\x0b-\x1f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)));
  return line.length > WIDTH ? `${seen}…` : seen;
}
