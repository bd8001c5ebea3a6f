// The log itself: printed once in each run, by a process that has ended.
import { Server } from "../support/server.js";

const LINES = Number(process.env.BENCH_LINES ?? 10_000_000);
const CONFIG = "[output]\nbytes_per_process = 4000000000\n[history]\nkeep_bytes = 0\n";
// How often it is looked whether it has ended, in ms.
const OFTEN = 200;

// Lines of a hundred bytes, one of which has "needle" in it, near the end. Every hundredth one is of a checkout.
const SCRIPT = String.raw`awk -v lines=$1 'BEGIN {
  for (i = 1; i <= lines; i++)
    printf "2026-01-01T00:00:00Z %-5s request %010d of client %06d for /%-12s took %4d ms with status %s\n", i % 50 ? "info" : "warn", i, (i * 7919) % 1000000, i == lines - 1000 ? "needle" : i % 100 ? "orders" : "checkout", i * 7 % 997, i % 50 ? "200 OK" : "503 no"
}'`;

// `{server, id, lines, bytes, searches}`.
export async function makeLog() {
  const server = await Server.start({ config: CONFIG });
  const spec = { program: "sh", args: ["-c", SCRIPT, "sh", String(LINES)], name: "large log", limits: { output_bytes: 4_000_000_000 } };
  const { id } = await server.call("create_process", { spec });
  for (;;) {
    const { state, output } = await server.call("get_process", { id });
    if (state === "exited") {
      const searches = [
        { name: "a rare word near the end", text: "needle" },
        { name: "a common word", text: "checkout" },
      ];
      return { server, id, lines: LINES, bytes: output.end, searches };
    }
    if (state !== "running") throw new Error(`the log could not be made: ${state}`);
    await new Promise((resolve) => setTimeout(resolve, OFTEN));
  }
}
