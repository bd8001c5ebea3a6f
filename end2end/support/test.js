// The tests' own `test`: with a server, and with a page on which every console error is a failure.
import { test as base, expect } from "@playwright/test";
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
  // What a test provokes on the console, and so may be there.
  tolerated: [/^$/, { option: true }],
  baseURL: async ({ server }, use) => use(server.url),
  page: async ({ page, tolerated }, use) => {
    const problems = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    await use(page);
    // What the browser says of a lost connection, in the tests that cut it, and of a graphics card that is not there;
    // what the terminal says of its own pace on a busy machine.
    const expected = /task queue exceeded allotted deadline|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|WebSocket connection to|GL Driver Message|WebGL|ERR_INTERNET_DISCONNECTED|Failed to load resource: the server responded with a status of 4/;
    expect(problems.filter((problem) => !expected.test(problem) && !tolerated.test(problem))).toEqual([]);
  },
});

export { expect };

// The text in the terminal, whatever draws it.
export const terminalText = (page) => page.evaluate(() => document.querySelector(".term")?.session?.text() ?? "");

export const expectTerminal = (page, text) => expect.poll(() => terminalText(page), { timeout: 20_000 }).toContain(text);
