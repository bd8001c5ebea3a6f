// What many values come to.

// The value that this part of all are not above; 0 of none.
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

export const median = (values) => quantile(values, 0.5);
export const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);
export const sum = (values) => values.reduce((a, b) => a + b, 0);
