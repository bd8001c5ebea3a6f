// The program under test.
import { execFileSync } from "node:child_process";

export const binary = process.env.EXECDECK ?? new URL("../../target/debug/execdeck", import.meta.url).pathname;

// Runs a command on a data folder and returns what it prints.
export function run(folder, args, input = "") {
  return execFileSync(binary, [...args, "--data", folder], { input, encoding: "utf8" }).trim();
}
