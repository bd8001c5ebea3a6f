// A server of the tests' own.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.EXECDECK ?? new URL("../../target/debug/execdeck", import.meta.url).pathname;

export class Server {
  // Starts on a free port with an empty folder, or again on what another server has left. `config` is the text of an
  // `execdeck.toml`.
  static async start({ folder, address = "127.0.0.1:0", config } = {}) {
    const server = new Server();
    server.folder = folder ?? (await mkdtemp(join(tmpdir(), "execdeck-e2e-")));
    const args = ["serve", "--address", address, "--data", server.folder];
    if (config) {
      await writeFile(join(server.folder, "execdeck.toml"), config);
      args.push("--config", join(server.folder, "execdeck.toml"));
    }
    server.child = spawn(binary, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, USER: "ada", EXECDECK_LOG: "warn" },
    });
    let log = "";
    server.child.stderr.on("data", (data) => (log += data));
    server.url = await new Promise((resolve, reject) => {
      let text = "";
      server.child.stdout.on("data", (data) => {
        text += data;
        const found = /listening on (http:\/\/\S+)/.exec(text);
        if (found) resolve(found[1]);
      });
      server.child.on("exit", (code) => reject(new Error(`execdeck ended with ${code}: ${log}`)));
    });
    return server;
  }

  // Calls a server function.
  async call(name, body) {
    const response = await fetch(`${this.url}/api/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
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
    for (const { id } of processes) await (await fetch(`${this.url}/api/processes/${id}/output?follow=true`)).arrayBuffer();
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
