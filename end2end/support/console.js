// The release console of examples/embed, as the tests' own host: on a free port, with an empty folder.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./binary.js";

const binary = process.env.CONSOLE ?? new URL("../../target/debug/release-console", import.meta.url).pathname;

// What the console starts, as a file for `execdeck template import`.
export const templates = new URL("../../examples/embed/templates.toml", import.meta.url).pathname;

// Their ids, as in examples/embed/src/templates.rs.
export const DEPLOY = "019ac000-0000-7000-8000-000000000001";
export const CONSOLE = "019ac000-0000-7000-8000-000000000003";

// The people of the example.
export const passwords = { ada: "example password of ada", grace: "example password of grace" };

export class Console {
  // `remote`: a server whose processes are at `/far`.
  static async start({ remote } = {}) {
    const console = new Console();
    console.folder = await mkdtemp(join(tmpdir(), "execdeck-console-"));
    const far = remote ? { REMOTE_URL: remote.url, REMOTE_TOKEN: remote.token } : {};
    console.child = spawn(binary, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CONSOLE_ADDRESS: "127.0.0.1:0", CONSOLE_DATA: console.folder, ...far },
    });
    let log = "";
    console.child.stderr.on("data", (data) => (log += data));
    console.url = await new Promise((resolve, reject) => {
      let said = "";
      console.child.stdout.on("data", (data) => {
        said += data;
        const found = /listening on (http:\/\/\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      console.child.on("exit", (code) => reject(new Error(`the console ended with ${code}: ${log}`)));
    });
    return console;
  }

  // Sends a request exactly as it is said, `Host` and `Origin` included, and waits for the head of the answer.
  open(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, headers, agent: false }, resolve);
      sent.on("upgrade", (answer, socket) => (socket.destroy(), resolve(answer)));
      sent.on("error", reject);
      sent.end(body);
    });
  }

  // The same with the whole answer.
  async send(method, path, options) {
    const answer = await this.open(method, path, options);
    let text = "";
    for await (const part of answer) text += part;
    return { status: answer.statusCode, headers: answer.headers, text };
  }

  // Signs somebody in. Returns the value of their cookie.
  async session(name) {
    const body = new URLSearchParams({ name, password: passwords[name] }).toString();
    const { headers } = await this.send("POST", "/sign-in", { headers: { "content-type": "application/x-www-form-urlencoded" }, body });
    return /console=([^;]+)/.exec(headers["set-cookie"])[1];
  }

  // Signs a browser in.
  async signIn(context, name) {
    await context.addCookies([{ name: "console", value: await this.session(name), url: this.url, httpOnly: true, sameSite: "Lax" }]);
  }

  // Calls a server function of the Execdeck at `base`.
  async call(base, name, body, session) {
    const headers = { "content-type": "application/json", cookie: `console=${session}` };
    const { status, text } = await this.send("POST", `${base}/api/${name}`, { headers, body: JSON.stringify(body) });
    if (status !== 200) throw new Error(`${base} ${name}: ${status} ${text}`);
    return JSON.parse(text);
  }

  async stop() {
    const session = await this.session("ada");
    for (const base of ["/deck", "/lab"]) {
      const { processes } = await this.call(base, "list_processes", { filter: { state: "active", limit: 500 } }, session);
      for (const { id } of processes) await this.call(base, "kill_process", { id, signal: "KILL" }, session);
      for (const { id } of processes) await this.send("GET", `${base}/api/processes/${id}/output?follow=true`, { headers: { cookie: `console=${session}` } });
    }
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) throw new Error(`the console ended with ${code}`);
    // Whatever the tests did: what is on record is whole.
    for (const part of ["deck", "lab"]) run(join(this.folder, part), ["audit", "verify"]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

// The text in the terminal of Execdeck's components.
export const shown = (scope) => scope.locator(".execdeck-screen").evaluateAll(([screen]) => screen?.session?.text() ?? "");
