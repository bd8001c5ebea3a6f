// What Lighthouse says of the pages, of somebody who is signed in.
import { Server } from "../support/server.js";
import { Auditor } from "./lighthouse.js";
import { median } from "./numbers.js";
import { figure, ms, part } from "./report.js";

// Times each page is loaded; the middle one counts.
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const PROCESSES = 200;
const TERMINAL = { cols: 100, rows: 30 };

export async function measurePages() {
  const server = await Server.start();
  const auditor = await Auditor.open();
  try {
    part("page: as Lighthouse sees it", ["performance", "accessibility", "largest paint", "blocking time", "layout shift"]);
    for (const [name, path] of Object.entries(await addProcesses(server))) {
      for (const device of ["phone", "desktop"]) {
        const rounds = [];
        for (let round = 0; round < ROUNDS; round++) rounds.push(await auditor.audit(server.url + path, device));
        const middle = (of) => median(rounds.map(of));
        const cells = [middle(({ performance }) => performance), middle(({ accessibility }) => accessibility)].map((score) => String(Math.round(score)));
        figure(`${name}, ${device}`, ...cells, ms(middle(({ paint }) => paint)), ms(middle(({ blocking }) => blocking)), middle(({ shift }) => shift).toFixed(3));
        for (const problem of new Set(rounds.flatMap(({ problems }) => problems))) console.log(`  not accessible: ${problem}`);
      }
    }
    console.log("scores of 100; target of both: at least 95");
  } finally {
    await auditor.close();
    await server.stop();
  }
}

// Processes of each kind, and the paths of the pages to look at by their names.
async function addProcesses(server) {
  const log = await server.sh("seq 20000; echo 'something is wrong' >&2; seq 20000", { name: "log" });
  const terminal = await server.sh("seq 500; printf '\\033[32mready\\033[0m\\n'; sleep 600", { name: "terminal", terminal: TERMINAL });
  for (let at = 0; at < PROCESSES; at++) {
    await server.sh(`exit ${at % 5 === 0 ? 3 : 0}`, { name: `job ${at}`, labels: { team: at % 2 ? "web" : "ops" } });
  }
  return { [`list of ${PROCESSES} processes`]: "/admin/exec", "a process with a log": `/admin/exec/${log.id}`, "a process with a terminal": `/admin/exec/${terminal.id}` };
}
