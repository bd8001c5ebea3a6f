// Shows who else watches a process, who types, and who asks to.
import "../../style/presence.css";
import { AskCard } from "./presence/card.js";
import { WatcherList } from "./presence/list.js";
import { choices } from "./presence/view.js";
import { addStyles } from "./styles.js";

// Without them it can be used, too.
addStyles(import.meta.url.replace(/js$/, "css")).catch(() => {});

export class Presence {
  #element;
  #say;
  #list = new WatcherList();
  #card = new AskCard();
  #view = null;
  // Something was typed in vain, and the same person still types.
  #refused = false;
  // The writer has said no.
  #declined = false;

  // `element`: the one of the output. `say(message)` tells the server.
  constructor(element, say) {
    this.#element = element;
    this.#say = say;
  }

  // `view`: what the server says; `null` when nothing is known.
  show(view) {
    const hadAsked = this.#view?.asking.includes(this.#view.you);
    this.#view = view?.total > 1 ? view : null;
    if (!this.#view) {
      this.#list.element.remove();
      this.#card.element.remove();
      return;
    }
    const asks = view.asking.includes(view.you);
    this.#declined = !asks && (hadAsked || this.#declined) && view.may === "ask";
    if (view.may === "type") this.#refused = false;
    else if (view.dropped || this.#declined) this.#refused = true;
    this.#place();
    const offers = this.#offers();
    this.#list.show(view, offers.forWriter ? [] : offers.buttons);
    const isShown = offers.forWriter || this.#refused || asks;
    this.#card.show(isShown ? offers.text : "", isShown ? offers.buttons : []);
    if (this.#refused && view.dropped) this.#card.point();
  }

  // Something was typed that somebody else's typing does not allow.
  refuse() {
    this.#refused = true;
    this.show(this.#view);
    this.#card.point();
  }

  #offers() {
    const { text, buttons, forWriter } = choices(this.#view, this.#declined);
    const act = (message) => () => {
      this.#say(message);
      this.#element.querySelector("textarea")?.focus();
    };
    return { text, forWriter, buttons: buttons.map(([label, message]) => [label, act(message)]) };
  }

  // The page may have drawn its bar anew.
  #place() {
    const bar = this.#element.parentElement?.querySelector(".output-bar, .execdeck-bar");
    const list = this.#list.element;
    if (bar && list.parentElement !== bar) {
      const before = bar.querySelector(".output-views");
      if (before) before.before(list);
      else bar.append(list);
    }
    if (this.#card.element.parentElement !== this.#element) this.#element.append(this.#card.element);
  }
}
