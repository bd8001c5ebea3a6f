// A log of ten million lines and a gigabyte, of a process that has ended: how long it takes to see it, to get anywhere in it and to find
// something, and how smoothly it scrolls.
import { makeLog } from "./log-file.js";
import { openFresh, openFromList } from "./log-open.js";
import { jump, scroll } from "./log-move.js";
import { find, ripgrep, searchAll } from "./log-find.js";
import { memoryOf } from "./memory.js";
import { median, most, quantile, sum } from "./numbers.js";
import { dropped } from "./frames.js";
import { change, figure, mb, ms, part, ratio } from "./report.js";

// Times each is taken; the middle one counts.
const ROUNDS = 5;

export async function measureLog(stage) {
  const log = await makeLog();
  try {
    const shown = await stage.withPage((page, browser) => look(page, browser, log));
    const bare = await stage.withPage((page) => scroll(page, undefined));
    part(`log: ${log.lines.toLocaleString("en")} lines, ${mb(log.bytes)}`, ["Execdeck", "bare", "ratio", "target"]);
    figure("opened from the list, first time → rows are seen", ms(shown.first));
    figure("opened from the list, again → rows are seen", ms(shown.again), "", "", "< 200 ms");
    figure("loaded as a new page → rows are seen", ms(shown.fresh));
    const compare = (name, of, format, target = "") => figure(name, format(of(shown.gaps)), format(of(bare)), ratio(of(shown.gaps), of(bare)), target);
    compare("scrolled for 5 s: time between frames, 95th percentile", (gaps) => quantile(gaps, 0.95), ms, "17 ms");
    compare("scrolled for 5 s: frames per second", (gaps) => (1000 * gaps.length) / sum(gaps), (rate) => rate.toFixed(1), "60");
    compare("scrolled for 5 s: longest time between frames", most, ms);
    figure("scrolled for 5 s: frames dropped", String(dropped(shown.gaps)), String(dropped(bare)));
    figure("a line in the middle → it is seen", ms(shown.jump));
    for (const { name, atEnd, atStart, all, rg } of shown.found) {
      figure(`search for ${name}, from the end → first match`, ms(atEnd), "", "", "< 300 ms");
      figure(`search for ${name}, from the start → first match`, ms(atStart), "", "", "< 300 ms");
      figure(`search for ${name} → all searched (bare: rg)`, ms(all), ms(rg), ratio(all, rg));
    }
    figure("memory, JavaScript: list → all of this", change({ before: shown.before.heap, after: shown.after.heap }));
    figure("memory, process of the page: list → all of this", change({ before: shown.before.resident, after: shown.after.resident }), "", "", "bounded");
  } finally {
    await log.server.stop();
  }
}

async function look(page, browser, log) {
  await page.goto(`${log.server.url}/admin/exec`);
  await page.locator("html[data-ready]").waitFor();
  const before = await memoryOf(page, browser);
  const first = await openFromList(page);
  const again = median(await times(() => openFromList(page)));
  const fresh = median(await times(() => openFresh(page, `${log.server.url}/admin/exec/${log.id}`)));
  const gaps = await scroll(page, ".log-scroller");
  const jumped = median(await times((round) => jump(page, Math.round(log.lines / 2) + round * 1000)));
  const found = [];
  for (const { name, text } of log.searches) {
    const atEnd = await find(page, text, "end", log.lines);
    const atStart = await find(page, text, "start", 1);
    found.push({ name, atEnd, atStart, all: await searchAll(log, text), rg: await ripgrep(log, text) });
  }
  return { before, after: await memoryOf(page, browser), first, again, fresh, gaps, jump: jumped, found };
}

async function times(measure) {
  const all = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await measure(round));
  return all;
}
