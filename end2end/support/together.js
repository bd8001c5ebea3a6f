// Several outputs at once: their page, and processes whose lines come in a known order.
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "./test.js";

// What a process prints within 20 ms has one time.
const APART = 30;

export const address = (processes, view) => `/admin/exec/together?ids=${processes.map(({ id }) => id)}${view ? `&view=${view}` : ""}`;
export const pane = (page, { id }) => page.locator(`.together-pane[data-id="${id}"]`);
export const texts = (page) => page.locator(".log-item").evaluateAll((items) => items.map((item) => item.querySelector(".log-text").textContent));
export const scroller = (page) => page.getByRole("log", { name: "Lines of all processes by time" });

// Prints what is written to it.
export const echo = (server, name) => server.sh("exec cat", { name, stdin: true });
export const print = (server, { id }, text) => server.call("write_input", { id, text: `${text}\n` });

// Prints, and waits until it is stored and what comes then has a later time.
export async function take(server, process, text) {
  const { output } = await server.call("get_process", { id: process.id });
  await print(server, process, text);
  await expect.poll(async () => (await server.call("get_process", { id: process.id })).output.end, { intervals: [5] }).toBe(output.end + Buffer.byteLength(text) + 1);
  await pause(APART);
}

// Two processes that print in turns, so many rounds, and what they print in its order; `linesOf(name, round)` are the lines of one in a round.
export async function takeTurns(server, rounds, linesOf) {
  const processes = [await echo(server, "one"), await echo(server, "two")];
  const printed = [];
  for (let round = 1; round <= rounds; round++) {
    for (const process of processes) {
      const lines = linesOf(process.name, round);
      await take(server, process, lines.join("\n"));
      printed.push(...lines);
    }
  }
  return { processes, printed };
}
