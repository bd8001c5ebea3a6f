// Samples as series for charts: times in seconds since 1970, CPU in percent of one core, memory in bytes, one value for each time.
export function toSeries(samples) {
  const series = { times: [], cpu: [], memory: [] };
  let last;
  for (const { time, cpu_ms: cpu, memory_bytes: memory } of samples) {
    const ms = Date.parse(time);
    // The clock was set back meanwhile: what comes before is not drawn over.
    if (last && ms <= last.ms) continue;
    series.times.push(ms / 1000);
    // Of the first one it is not known since when.
    series.cpu.push(last ? (100 * Math.max(0, cpu - last.cpu)) / (ms - last.ms) : null);
    series.memory.push(memory);
    last = { ms, cpu };
  }
  return series;
}
