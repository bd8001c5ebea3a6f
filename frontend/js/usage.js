// Charts of what a process and everything that it has started uses: CPU and memory over the time that the log has, too.
import "../../style/usage.css";
import { make } from "./log/dom.js";
import { refresh } from "./refresh.js";
import { onThemeChange } from "./theme.js";
import { Charts } from "./usage/charts.js";
import { peaks } from "./usage/peaks.js";
import { toSeries } from "./usage/samples.js";
import { showLogAt } from "./usage/show_log.js";

const EVERY_MS = 5000;

// `part`: the element that says which process.
export function fill(body, part) {
  const address = `${document.documentElement.dataset.base ?? ""}/api/processes/${part.dataset.id}/usage`;
  const charts = new Charts((time) => showLogAt(time));
  const summary = make("p", { className: "usage-peaks" });
  const empty = make("p", { className: "muted", hidden: true }, "Nothing was measured. A process is measured after its first second.");
  body.replaceChildren(charts.element, summary, empty);
  let isComplete = false;
  const stop = refresh(async () => {
    // What has ended changes no more.
    const isActive = document.querySelector(".strip-actions .split")?.hidden === false;
    if (isComplete && !isActive) return;
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) return;
    const series = toSeries((await response.json()).samples);
    isComplete = !isActive;
    empty.hidden = series.times.length > 0;
    charts.show(series);
    summary.replaceChildren(...peaks(series, showLogAt));
  }, EVERY_MS);
  const left = onThemeChange(body, () => charts.redraw());
  return () => {
    stop();
    left();
    charts.dispose();
  };
}
