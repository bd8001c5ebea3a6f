// Two charts with one cursor. A click tells at which time.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { clockText, percentText, sizeText } from "./units.js";

const HEIGHT = 120;

export class Charts {
  element = make("div", { className: "usage-charts" });
  #plots = [];
  #series;
  #clicked;
  #observer = new ResizeObserver(() => this.#fit());

  // `clicked(time)` takes milliseconds since 1970.
  constructor(clicked) {
    this.#clicked = clicked;
    this.#observer.observe(this.element);
  }

  show(series) {
    this.#series = series;
    if (series.times.length === 0) return;
    if (this.#plots.length === 0) this.redraw();
    this.#plots.forEach((plot, index) => plot.setData([series.times, index === 0 ? series.cpu : series.memory]));
  }

  // Draws them anew, in the colours of now.
  redraw() {
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    if (!this.#series?.times.length) return;
    this.#plots = [
      this.#plot(t("CPU"), t("CPU over time"), this.#series.cpu, percentText, "--running"),
      this.#plot(t("Memory"), t("Memory over time"), this.#series.memory, sizeText, "--succeeded"),
    ];
  }

  dispose() {
    this.#observer.disconnect();
    for (const plot of this.#plots) plot.destroy();
  }

  #plot(label, about, values, text, colour) {
    const style = getComputedStyle(this.element);
    const token = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const options = {
      width: this.#width(),
      height: HEIGHT,
      cursor: { sync: { key: "usage" }, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high, 1) * 1.1] } },
      axes: [
        { ...axis, space: 70, size: 28, values: (_plot, times) => times.map(clockText) },
        { ...axis, space: 30, size: 56, values: (_plot, ticks) => ticks.map(text) },
      ],
      series: [
        { label: t("Time"), value: (_plot, time) => (time === null ? "–" : clockText(time)) },
        { label, stroke: token(colour), width: 1.5, spanGaps: true, points: { show: false }, value: (_plot, value) => text(value) },
      ],
    };
    const plot = new uPlot(options, [this.#series.times, values], this.element);
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", about);
    plot.over.title = t("Click: show the lines of this time");
    plot.over.addEventListener("click", () => {
      const time = this.#series.times[plot.cursor.idx];
      if (time !== undefined) this.#clicked(time * 1000);
    });
    return plot;
  }

  #width() {
    return Math.max(160, this.element.clientWidth);
  }

  #fit() {
    for (const plot of this.#plots) plot.setSize({ width: this.#width(), height: HEIGHT });
  }
}
