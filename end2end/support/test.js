// The tests' own `test`: with a server, and failing on whatever goes wrong in any page that a test opens.
import { test as base, expect } from "@playwright/test";
import { Problems } from "./problems.js";
import { signIn } from "./cookies.js";
import { Server } from "./server.js";

export const test = base.extend({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),

  // Holds for every context of the browser, also those that a test makes itself.
  problems: [
    async ({ browser }, use) => {
      const problems = new Problems();
      const watch = (context) => problems.watch(context);
      browser.on("context", watch);
      await use(problems);
      browser.off("context", watch);
      expect(problems.unexpected()).toEqual([]);
    },
    { auto: true },
  ],

  // `tolerate(/pattern/)`: what the test provokes itself, as narrow as can be.
  tolerate: async ({ problems }, use) => use((pattern) => problems.tolerate(pattern)),

  context: async ({ context }, use) => use(await signIn(context)),

  // `newPage(options)`: a page in a context of its own, closed at the end.
  newPage: async ({ browser, baseURL }, use) => {
    const contexts = [];
    await use(async (options = {}) => {
      const context = await signIn(await browser.newContext({ baseURL, ...options }));
      contexts.push(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };
export { unreachable } from "./problems.js";

// Shows the output of pipes as a "log", which is what pages do, or in a "terminal".
export const showPipes = (page, view) =>
  page.addInitScript((view) => location.protocol === "about:" || localStorage.setItem("execdeck.view.pipes", view), view);

// The text in the terminal or the log, whatever draws it.
export const terminalText = (page) => page.evaluate(() => document.querySelector(".term")?.session?.text() ?? "");

export const expectTerminal = (page, text) => expect.poll(() => terminalText(page), { timeout: 20_000 }).toContain(text);
