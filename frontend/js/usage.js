// Charts of what a process and everything that it has started uses: CPU and memory over the time that the log has, too.
import "../../style/usage.css";
import { t } from "../../app/js/texts.js";
import { make } from "./dom.js";
import { refresh } from "./refresh.js";
import { onThemeChange } from "./theme.js";
import { Charts } from "./usage/charts.js";
import { peaks } from "./usage/peaks.js";
import { toSeries } from "./usage/samples.js";
import { showLogAt } from "./usage/show_log.js";

const EVERY_MS = 5000;
// A process is measured less often the longer it runs, and all samples come with each answer: the next one is asked for when there is a
// new one, or after so long.
const LONGEST_MS = 60_000;

// `part`: the element that says which process.
export function fill(body, part) {
  const address = `${document.documentElement.dataset.base ?? ""}/api/processes/${part.dataset.id}/usage`;
  const charts = new Charts((time) => showLogAt(time));
  const summary = make("p", { className: "usage-peaks" });
  const empty = make("p", { className: "muted", hidden: true }, t("Nothing was measured. A process is measured after its first second."));
  body.replaceChildren(charts.element, summary, empty);
  let isComplete = false;
  let due = 0;
  const stop = refresh(async () => {
    // What has ended changes no more.
    const isActive = document.querySelector(".strip-actions .split")?.hidden === false;
    if (isActive ? performance.now() < due : isComplete) return undefined;
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) return response;
    const series = toSeries((await response.json()).samples);
    isComplete = !isActive;
    due = performance.now() + pause(series.times);
    empty.hidden = series.times.length > 0;
    charts.show(series);
    summary.replaceChildren(...peaks(series, showLogAt));
    return undefined;
  }, EVERY_MS);
  const left = onThemeChange(body, () => charts.redraw());
  return () => {
    stop();
    left();
    charts.dispose();
  };
}

// How long it takes until there is another sample, as far as the last two say: in milliseconds, less what `refresh` may add.
function pause(times) {
  const [before, last] = times.slice(-2);
  return Math.min(((last - before) * 1000 || 0) - EVERY_MS / 2, LONGEST_MS);
}
