// Collects what goes wrong in a browser while a test runs, so that nothing goes wrong unnoticed.

// Said of the machine, not of the product: a missing graphics card, and a terminal that draws slowly on a busy machine.
const machine = [/GL Driver Message/, /task queue exceeded allotted deadline/];

// A page that is left while its stream is being opened closes it, as it gives up its other requests.
const left = [/WebSocket is closed before the connection is established/];

// What a browser says of a server that a test has stopped: for `tolerate`.
export const unreachable = (url) =>
  new RegExp(`(ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|ERR_INCOMPLETE_CHUNKED_ENCODING|WebSocket).*//${new URL(url).host}/`);

export class Problems {
  #found = [];
  #tolerated = [...machine, ...left];

  // Watches all pages of a context, those opened later too.
  watch(context) {
    context.on("console", (message) => {
      const type = message.type();
      if (type === "error" || type === "warning") this.#add(`console ${type}: ${message.text()}`, message.location().url);
    });
    context.on("weberror", (event) => this.#add(`page error: ${event.error().stack ?? event.error()}`));
    context.on("response", (response) => {
      if (response.status() >= 400) this.#add(`${response.status()} for`, response.url());
    });
    context.on("requestfailed", (request) => {
      // The page itself gave the request up: it was left, or it closed the stream.
      const error = request.failure()?.errorText ?? "failed";
      if (error !== "net::ERR_ABORTED") this.#add(`${error} for`, request.url());
    });
    context.on("page", (page) => {
      page.on("crash", () => this.#add("the page crashed", page.url()));
      page.on("websocket", (socket) => socket.on("socketerror", (error) => this.#add(`WebSocket: ${error}`, socket.url())));
    });
  }

  // What matches is what the test itself provokes.
  tolerate(pattern) {
    this.#tolerated.push(pattern);
  }

  // Each problem that no test has named, with its address.
  unexpected() {
    return this.#found.filter((problem) => !this.#tolerated.some((pattern) => pattern.test(problem)));
  }

  #add(text, url) {
    this.#found.push(url ? `${text} ${url}` : text);
  }
}
