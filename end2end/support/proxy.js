// A network between browser and server that a test can break.
import net from "node:net";

export class Proxy {
  #connections = new Set();
  #stalled = new WeakSet();
  // Whether new connections are refused.
  down = false;

  // Forwards to the server at `url`.
  static async start(url) {
    const proxy = new Proxy();
    const { hostname, port } = new URL(url);
    proxy.listener = net.createServer((inner) => {
      if (proxy.down) return void inner.destroy();
      const outer = net.connect(Number(port), hostname);
      const pair = { inner, outer };
      proxy.#connections.add(pair);
      inner.on("data", (data) => (pair.path = /^[A-Z]+ (\S+) HTTP/.exec(data)?.[1] ?? pair.path));
      for (const [from, to] of [[inner, outer], [outer, inner]]) {
        from.on("data", (data) => proxy.#stalled.has(pair) || to.write(data) || (from.pause(), to.once("drain", () => from.resume())));
        from.on("error", () => to.destroy());
        from.on("close", () => {
          proxy.#connections.delete(pair);
          if (!proxy.#stalled.has(pair)) to.destroy();
        });
      }
    });
    await new Promise((resolve) => proxy.listener.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.listener.address().port}`;
    return proxy;
  }

  // Ends all connections, as when a cable is pulled and somebody notices.
  cut() {
    for (const { inner, outer } of this.#connections) {
      inner.destroy();
      outer.destroy();
    }
  }

  // Swallows whatever the present connections carry and closes none: nobody notices. New ones work. With a path, only
  // the connection that was last asked for it.
  stall(path) {
    for (const pair of this.#connections) if (path === undefined || pair.path === path) this.#stalled.add(pair);
  }

  async stop() {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    this.cut();
    await closed;
  }
}
