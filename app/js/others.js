const decoder = new TextDecoder();

// Those who watch the same process. One of them types at a time, which the server decides: nothing is typed here in vain.
export class Others {
  #element;
  #path;
  #say;
  // What the server said last; nothing without a connection.
  #known = null;
  // Shows it, once there was somebody else.
  #presence;

  // `element`: that of the output. `path`: of the build's files. `say` sends JSON to the server.
  constructor(element, path, say) {
    this.#element = element;
    this.#path = path;
    this.#say = say;
  }

  // `typed`, unless somebody else types. What the terminal answers by itself comes from the one who typed last, and does not keep
  // others from typing.
  guard(typed) {
    return (bytes, byUser) => {
      if (byUser && !this.#mayType()) this.#presence?.then((presence) => presence?.refuse());
      else if (byUser || this.#known === null) typed(bytes);
      else if (this.#isWriter()) this.#say(JSON.stringify({ type: "reply", text: decoder.decode(bytes) }));
    };
  }

  // `null`: not known any more.
  update(known) {
    this.#known = known;
    if (known?.total > 1) this.#presence ??= this.#open();
    this.#presence?.then((presence) => presence?.show(this.#known));
  }

  // Without it, the rule still holds: the next news tries it again.
  async #open() {
    try {
      // This script may come from another host.
      const { Presence } = await import(`${location.origin + this.#path}/presence.js`);
      return new Presence(this.#element, (message) => {
        // What is typed right behind it arrives after it.
        if (message.type === "take_over") this.#known = { ...this.#known, may: "type", writer: this.#known?.you };
        this.#say(JSON.stringify(message));
      });
    } catch {
      this.#presence = undefined;
    }
  }

  // Whoever may not type at all is told so by others.
  #mayType() {
    return !["ask", "take_over"].includes(this.#known?.may);
  }

  #isWriter() {
    return [null, this.#known.you].includes(this.#known.writer);
  }
}
