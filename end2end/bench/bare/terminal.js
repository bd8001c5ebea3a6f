// The bare terminal's server: nothing but the page, and a program in a PTY for each WebSocket.
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";

const modules = new URL("../../../frontend/node_modules", import.meta.url).pathname;
const here = (name) => new URL(name, import.meta.url).pathname;

// Unacknowledged bytes at which the program has to wait, and at which it goes on, if acknowledgements are used.
const HIGH = 500_000;
const LOW = 100_000;

export class BareTerminal {
  #server;
  #sockets;

  // `script` is what the shell runs in the terminal. `ended` is the time at which the last one ended, in ms since 1970.
  static async start(script) {
    const bare = new BareTerminal();
    const files = await bundle();
    bare.#server = createServer(({ url }, response) => {
      const file = files[new URL(url, "http://bare").pathname];
      response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain" }).end(file?.body);
    });
    bare.#sockets = new WebSocketServer({ server: bare.#server, perMessageDeflate: false });
    bare.#sockets.on("connection", (socket, { url }) => bare.#serve(socket, new URL(url, "http://bare"), script));
    await new Promise((resolve) => bare.#server.listen(0, "127.0.0.1", resolve));
    bare.url = `http://127.0.0.1:${bare.#server.address().port}/`;
    return bare;
  }

  async stop() {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket, { searchParams: query }, script) {
    const program = spawn("python3", [here("in-terminal.py"), script, query.get("cols"), query.get("rows")]);
    this.ended = undefined;
    program.stderr.on("data", () => (this.ended = Date.now()));
    program.stdin.on("error", () => {});
    let unacknowledged = 0;
    program.stdout.on("data", (data) => {
      socket.send(data);
      unacknowledged += data.length;
      if (query.get("flow") === "acknowledged" && unacknowledged > HIGH) program.stdout.pause();
    });
    socket.on("message", (message) => {
      const { typed, parsed } = JSON.parse(message);
      if (typed) program.stdin.write(typed);
      if (parsed && (unacknowledged -= parsed) < LOW) program.stdout.resume();
    });
    socket.on("close", () => program.kill("SIGKILL"));
  }
}

// The files of the page by their paths, with the xterm.js that Execdeck has.
async function bundle() {
  const folder = await mkdtemp(join(tmpdir(), "execdeck-bare-"));
  const options = ["--bundle", "--minify", "--format=esm", "--log-level=warning", `--outdir=${folder}`];
  execFileSync(`${modules}/.bin/esbuild`, [here("page.js"), ...options], { env: { ...process.env, NODE_PATH: modules } });
  const files = {
    "/": { type: "text/html", body: await readFile(here("terminal.html")) },
    "/page.js": { type: "text/javascript", body: await readFile(join(folder, "page.js")) },
    "/page.css": { type: "text/css", body: await readFile(join(folder, "page.css")) },
    "/favicon.ico": { type: "image/x-icon", body: "" },
  };
  await rm(folder, { recursive: true });
  return files;
}
