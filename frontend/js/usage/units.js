// Values as the charts write them: what was not measured is a dash.
import { size } from "../format.js";

export const sizeText = (bytes) => (bytes === null || bytes === undefined ? "–" : size(Math.round(bytes)));

export function percentText(percent) {
  if (percent === null || percent === undefined) return "–";
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

// `time` in seconds since 1970.
export const clockText = (time) => new Date(time * 1000).toLocaleTimeString();
