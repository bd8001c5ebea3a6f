// The table: a part for each measure, a line for each figure.
import { cpus, loadavg } from "node:os";

const WIDTH = 66;
const COLUMN = 20;

const line = (name, cells) => console.log(`${name.padEnd(WIDTH)}${cells.map((cell) => ` ${cell.padStart(COLUMN)}`).join("")}`.trimEnd());

// What follows belongs together. `columns` say what is compared.
export function part(title, columns) {
  console.log("");
  line(title, columns);
  console.log("-".repeat(WIDTH + (COLUMN + 1) * columns.length));
}

// A figure of each column, as text.
export const figure = (name, ...cells) => line(name, cells);

// Where the figures are from, and what else the machine had to do.
export function machine(browser) {
  const { model } = cpus()[0];
  console.log(`${cpus().length} cores, ${model}; Chromium ${browser}; load before ${loadavg()[0].toFixed(1)}`);
}

export const ms = (value) => (value === undefined ? "never" : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`);
export const mb = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export const change = ({ before, after }) => `${mb(before)} → ${mb(after)}`;
export const ratio = (value, bare) => `${(value / bare).toFixed(2)}×`;
