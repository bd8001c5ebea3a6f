// What each measure needs: the account of the tests, and browsers that are signed in.
import { chromium } from "@playwright/test";
import config from "../playwright.config.js";
import { signIn } from "../support/cookies.js";
import createAccount from "../support/global-setup.js";
import { machine } from "./report.js";

const { launchOptions, viewport } = config.use;

export class Stage {
  #removeAccount;

  static async open() {
    const stage = new Stage();
    stage.#removeAccount = await createAccount();
    const browser = await chromium.launch(launchOptions);
    machine(browser.version());
    await browser.close();
    return stage;
  }

  // Calls back with a page in a browser of its own, so that nothing else is in the memory of its processes.
  async withPage(action) {
    const browser = await chromium.launch(launchOptions);
    try {
      const context = await signIn(await browser.newContext({ viewport }));
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`  the page has an error: ${error.message}`));
      return await action(page, browser);
    } finally {
      await browser.close();
    }
  }

  async close() {
    await this.#removeAccount();
  }
}
