// nginx with a configuration of the README's, in front of a server of the tests' own.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "./port.js";

const binary = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx"].find(existsSync) ?? "nginx";

// The blocks of one language in the README, or in another file of the repository, in order.
export async function readmeBlocks(language, file = "README.md") {
  const text = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
  return [...text.matchAll(/```(\w*)\n([\s\S]*?)```/g)].filter((block) => block[1] === language).map((block) => block[2]);
}

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

// Replaces what must differ on a test machine, and nothing else: each text must be there.
function adapt(block, replacements) {
  for (const [from, to] of replacements) {
    if (!block.includes(from)) throw new Error(`the README's nginx example has no ${JSON.stringify(from)}`);
    block = block.replaceAll(from, to);
  }
  return block;
}

export class Nginx {
  // Runs the example on a free port, with a self-signed certificate.
  static async start(example, upstream) {
    const nginx = new Nginx();
    nginx.port = await freePort();
    nginx.folder = await mkdtemp(join(tmpdir(), "execdeck-nginx-"));
    const file = (name) => join(nginx.folder, name);
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=deck.example.org", "-keyout", file("key"), "-out", file("pem")], { stdio: "pipe" });
    const block = adapt(example, [
      ["listen 443 ssl;", `listen 127.0.0.1:${nginx.port} ssl;`],
      ["http://127.0.0.1:3000", upstream],
      ["/etc/ssl/deck.pem", file("pem")],
      ["/etc/ssl/deck.key", file("key")],
    ]);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${file(name)};`);
    await writeFile(
      file("nginx.conf"),
      `daemon off; master_process off; pid ${file("pid")}; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(" ")}\n${block} }`,
    );
    nginx.child = spawn(binary, ["-p", nginx.folder, "-e", "stderr", "-c", file("nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    nginx.child.stderr.on("data", (data) => (log += data));
    nginx.child.on("error", (error) => (log += error));
    for (const deadline = Date.now() + 20_000; !(await accepts(nginx.port)); await setTimeout(20)) {
      if (nginx.child.exitCode !== null || Date.now() > deadline) throw new Error(`nginx did not start: ${log}`);
    }
    return nginx;
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
