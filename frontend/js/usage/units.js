// Values as the charts write them.
const UNITS = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]];

export function sizeText(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  const [unit, factor] = UNITS.find(([, factor]) => bytes >= factor) ?? ["B", 1];
  const number = bytes / factor;
  return `${number < 10 && factor > 1 ? number.toFixed(1) : Math.round(number)} ${unit}`;
}

export function percentText(percent) {
  if (percent === null || percent === undefined) return "–";
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

// `time` in seconds since 1970.
export const clockText = (time) => new Date(time * 1000).toLocaleTimeString();
