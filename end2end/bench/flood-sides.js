// The terminals that are compared: Execdeck's, and bare ones.
import { Server } from "../support/server.js";
import { BareTerminal } from "./bare/terminal.js";

// Lines that differ, again and again, once Enter is pressed.
const SCRIPT = String.raw`lines=$(seq -f "$(printf '\033[32m[info]\033[0m request %%g of a client took \033[33m12 ms\033[0m')" 1000); echo ready; read line; exec yes "$lines"`;
const SIZE = { cols: 120, rows: 30 };
// How often the server is asked whether the process has ended, in ms.
const OFTEN = 5;

// Calls back with Execdeck's page and how to ask it.
export async function execdeckTerminal(page, measure) {
  const server = await Server.start();
  try {
    const { id } = await server.sh(SCRIPT, { terminal: SIZE });
    await page.goto(`${server.url}/admin/exec/${id}`);
    await page.waitForFunction(() => document.querySelector(".term")?.session?.text().includes("ready"));
    await page.locator(".term").click();
    await page.locator(".term.active").waitFor();
    await page.evaluate(countWrites);
    return await measure({
      look: () => page.evaluate(lookOf),
      parsed: () => page.evaluate(() => window.benchParsed),
      lost: () => 0,
      ended: async () => {
        for (;;) {
          const { state } = await server.call("get_process", { id });
          if (state !== "running") return Date.now();
          await new Promise((resolve) => setTimeout(resolve, OFTEN));
        }
      },
    });
  } finally {
    await server.stop();
  }
}

// Calls back with a bare page that looks the same, and how to ask it. `flow` is "acknowledged" or "naive".
export async function bareTerminal(page, flow, look, measure) {
  const bare = await BareTerminal.start(SCRIPT);
  try {
    await page.goto(`${bare.url}?${new URLSearchParams({ flow, ...look })}`);
    await page.waitForFunction(() => window.bench?.parsed > 0);
    return await measure({
      look: () => look,
      parsed: () => page.evaluate(() => window.bench.parsed),
      lost: () => page.evaluate(() => window.bench.lost),
      ended: async () => {
        while (bare.ended === undefined) await new Promise((resolve) => setTimeout(resolve, OFTEN));
        return bare.ended;
      },
    });
  } finally {
    await bare.stop();
  }
}

// `{renderer, cols, rows}`. Runs in the page.
function lookOf() {
  const element = document.querySelector(".term");
  const { cols, rows } = element.session.terminal;
  return { renderer: element.dataset.renderer, cols, rows };
}

// Counts what the terminal has parsed. Runs in the page.
function countWrites() {
  window.benchParsed = 0;
  const { terminal } = document.querySelector(".term").session;
  const write = terminal.write;
  terminal.write = (data, parsed) =>
    write.call(terminal, data, () => {
      window.benchParsed += data.length;
      parsed?.();
    });
}
