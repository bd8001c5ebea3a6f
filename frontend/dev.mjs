// `make dev`: runs the server, rebuilds what changes, and reloads open pages.
//
// The browser talks to a small proxy, which adds one script to each page and waits while the server restarts. The server
// and the site know nothing of it. Rust is compiled only when Rust has changed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { relative, resolve } from "node:path";
import chokidar from "chokidar";

const root = resolve(import.meta.dirname, "..");
const port = Number(process.env.PORT ?? 3000);
const say = (text) => console.log(`\x1b[1;34m==>\x1b[0m ${text}`);

// What has to be built after a change of a file.
const parts = [
  [/^(app|wire)\/(src\/|js\/|build\.rs|Cargo\.toml)|^Cargo\.(toml|lock)$/, ["server", "site"]],
  [/^(engine|server)\/(src\/|build\.rs|Cargo\.toml)/, ["server"]],
  [/^(frontend|style)\//, ["site"]],
];
const commands = {
  server: ["cargo", ["build", "--locked", "--quiet", "--package", "execdeck-server"]],
  site: ["scripts/site.sh", ["wasm-dev"]],
};

let upstream; // The server's port, once it listens.
let server;

async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "exit");
  return code === 0;
}

async function startServer() {
  if (server?.exitCode === null) {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
  upstream = new Promise((listening) => {
    server = spawn("target/debug/execdeck", ["serve", "--address", "127.0.0.1:0"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    server.stdout.on("data", (data) => {
      const found = /listening on http:\/\/[^:]+:(\d+)/.exec(data);
      if (found) listening(Number(found[1]));
    });
    server.on("exit", (code) => code && say(`the server ended with ${code}; it starts again after the next change`));
  });
  await Promise.race([upstream, once(server, "exit")]);
}

const waiting = new Set();
let building = false;

// Builds until nothing is left to build; what changes meanwhile is built in the next round.
async function build() {
  if (building) return;
  building = true;
  while (waiting.size > 0) {
    const todo = [...waiting];
    waiting.clear();
    const started = Date.now();
    const built = await Promise.all(todo.map((part) => run(...commands[part])));
    if (!built.every(Boolean)) {
      say("the build failed; waiting for the next change");
      continue;
    }
    // The site's files have a path that the server makes when it starts.
    await startServer();
    for (const page of pages) page.write("data: reload\n\n");
    say(`built ${todo.join(" and ")} in ${((Date.now() - started) / 1000).toFixed(1)} s: http://127.0.0.1:${port}`);
  }
  building = false;
}

// Open pages, each waiting for the word to reload.
const pages = new Set();
const script = 'new EventSource("/dev/events").onmessage = () => location.reload();\n';

function insertScript(answer, response) {
  let head = "";
  answer.setEncoding("utf8").on("data", (text) => {
    if (head === undefined) return response.write(text);
    head += text;
    if (!head.includes("</head>")) return;
    response.write(head.replace("</head>", '<script type="module" src="/dev/reload.js"></script></head>'));
    head = undefined;
  });
  answer.on("end", () => response.end(head));
}

async function serve(incoming, response) {
  if (incoming.url === "/dev/reload.js") return response.setHeader("content-type", "text/javascript").end(script);
  if (incoming.url === "/dev/events") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write(":\n\n");
    pages.add(response);
    return response.on("close", () => pages.delete(response));
  }
  const headers = { ...incoming.headers };
  // A page is read here, so it must not come compressed.
  if (headers.accept?.includes("text/html")) delete headers["accept-encoding"];
  const outgoing = request({ host: "127.0.0.1", port: await upstream, path: incoming.url, method: incoming.method, headers });
  outgoing.on("response", (answer) => {
    const isPage = answer.headers["content-type"]?.startsWith("text/html");
    if (isPage) delete answer.headers["content-length"];
    response.writeHead(answer.statusCode, answer.headers);
    if (isPage) insertScript(answer, response);
    else answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

async function upgrade({ method, url, rawHeaders }, socket, head) {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  const outgoing = connect(await upstream, "127.0.0.1", () => {
    outgoing.write(`${lines.join("\r\n")}\r\n\r\n`);
    outgoing.write(head);
    socket.pipe(outgoing).pipe(socket);
  });
  outgoing.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("error", () => outgoing.destroy()).on("close", () => outgoing.destroy());
}

let timer;
chokidar
  .watch(["app", "engine", "frontend", "server", "style", "wire", "Cargo.toml", "Cargo.lock"], {
    cwd: root,
    ignoreInitial: true,
    ignored: /\/(node_modules|tests|benches)(\/|$)/,
  })
  .on("all", (_, path) => {
    const found = parts.find(([pattern]) => pattern.test(relative(root, resolve(root, path))));
    if (!found) return;
    for (const part of found[1]) waiting.add(part);
    clearTimeout(timer);
    timer = setTimeout(build, 50);
  });

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server?.kill();
    process.exit();
  });
}
upstream = new Promise(() => {});
createServer((incoming, response) => void serve(incoming, response)).on("upgrade", upgrade).listen(port, "127.0.0.1");
waiting.add("server").add("site");
await build();
