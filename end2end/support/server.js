// A server of the tests' own.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addAda } from "./account.js";
import { binary, run } from "./binary.js";
import { addCookie } from "./cookies.js";

export class Server {
  // Starts on a free port with an empty folder, or again on what another server has left. `config` is the text of an
  // `execdeck.toml`, `variables` are more of its environment. With `anew` nobody has an account.
  static async start({ folder, address = "127.0.0.1:0", config, variables = {}, anew = false } = {}) {
    const server = new Server();
    server.folder = folder ?? (await mkdtemp(join(tmpdir(), "execdeck-e2e-")));
    const { token, session } = anew ? {} : await addAda(server.folder);
    Object.assign(server, { token, session });
    const args = ["serve", "--address", address, "--data", server.folder];
    if (config) {
      await writeFile(join(server.folder, "execdeck.toml"), config);
      args.push("--config", join(server.folder, "execdeck.toml"));
    }
    server.child = spawn(binary, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, USER: "ada", EXECDECK_LOG: "warn", ...variables },
    });
    let log = "";
    server.child.stderr.on("data", (data) => (log += data));
    server.url = await new Promise((resolve, reject) => {
      server.said = "";
      server.child.stdout.on("data", (data) => {
        server.said += data;
        const found = /listening on (http:\/\/\S+)/.exec(server.said);
        if (found) resolve(found[1]);
      });
      server.child.on("exit", (code) => reject(new Error(`execdeck ended with ${code}: ${log}`)));
    });
    server.port = new URL(server.url).port;
    // Cookies do not know ports, so this one is good for whatever stands before the server.
    if (session) await addCookie({ name: `execdeck-${server.port}`, value: session, domain: "127.0.0.1", path: "/", httpOnly: true, sameSite: "Lax" });
    return server;
  }

  // The link of the first start, once it is printed.
  async setupLink() {
    for (;;) {
      const found = /http:\/\/\S+\/setup#\S+/.exec(this.said);
      if (found) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get headers() {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  // Calls a server function.
  async call(name, body) {
    const response = await fetch(`${this.url}/api/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  sh(script, spec = {}) {
    return this.call("create_process", { spec: { program: "sh", args: ["-c", script], ...spec } });
  }

  // The server alone: its processes go on.
  async kill(signal = "SIGKILL") {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill(signal);
    await ended;
  }

  async stop() {
    const { processes } = await this.call("list_processes", { filter: { state: "active", limit: 500 } });
    for (const { id } of processes) await this.call("kill_process", { id, signal: "KILL" });
    for (const { id } of processes) await (await fetch(`${this.url}/api/processes/${id}/output?follow=true`, { headers: this.headers })).arrayBuffer();
    await this.kill();
    // Whatever the tests did to it: what is on record is whole.
    run(this.folder, ["audit", "verify"]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
