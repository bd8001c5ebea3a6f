// Lighthouse, in a browser that is signed in. Its packages are in a folder of their own: nothing else needs them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import config from "../playwright.config.js";
import { signIn } from "../support/cookies.js";
import { freePort } from "../support/port.js";

const { executablePath, args } = config.use.launchOptions;

const TRIES = 3;

export class Auditor {
  #folder;
  #port;
  #context;
  #lighthouse;
  #configs;

  static async open() {
    const auditor = new Auditor();
    const { default: lighthouse, desktopConfig } = await import("./lighthouse/node_modules/lighthouse/core/index.js");
    auditor.#lighthouse = lighthouse;
    auditor.#configs = { phone: undefined, desktop: desktopConfig };
    auditor.#folder = await mkdtemp(join(tmpdir(), "execdeck-lighthouse-"));
    auditor.#port = await freePort();
    auditor.#context = await chromium.launchPersistentContext(auditor.#folder, { executablePath, args: [...args, `--remote-debugging-port=${auditor.#port}`] });
    await signIn(auditor.#context);
    return auditor;
  }

  // Loads the page with an empty cache. Scores are of 100, times in ms; `problems` are what is not accessible.
  async audit(address, device) {
    const flags = { port: this.#port, output: "json", logLevel: "error", onlyCategories: ["performance", "accessibility"] };
    const lhr = await this.#load(address, flags, this.#configs[device]);
    if (new URL(lhr.finalDisplayedUrl).href !== address) throw new Error(`${address} led to ${lhr.finalDisplayedUrl}`);
    const { categories, audits } = lhr;
    const problems = categories.accessibility.auditRefs.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 1);
    return {
      performance: 100 * categories.performance.score,
      accessibility: 100 * categories.accessibility.score,
      paint: audits["largest-contentful-paint"].numericValue,
      blocking: audits["total-blocking-time"].numericValue,
      shift: audits["cumulative-layout-shift"].numericValue,
      problems: problems.map(({ title, details }) => `${title}: ${details?.items?.[0]?.node?.snippet ?? ""}`),
    };
  }

  // On a busy machine Chromium now and then misses the beginning of a load.
  async #load(address, flags, config) {
    for (let left = TRIES; ; left--) {
      const { lhr } = await this.#lighthouse(address, flags, config);
      if (!lhr.runtimeError) return lhr;
      if (left === 1) throw new Error(lhr.runtimeError.message);
    }
  }

  async close() {
    await this.#context.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
