// The terminal, as the tests read and use it.
import { expect, expectTerminal } from "./test.js";

export const terminal = { cols: 80, rows: 24 };

// A program that shows what it reads, escape codes included, after a script's beginning.
export const showInput = (server, begin = "true", spec = {}) =>
  server.call("create_process", { spec: { program: "sh", args: ["-c", `stty raw -echo; ${begin}; printf 'ready\\r\\n'; exec cat -vT`], terminal, ...spec } });

// Opens its page, and gives the terminal the focus.
export async function open(page, id) {
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await expect(page.locator(".term.active")).toBeVisible();
  await page.locator(".term").click();
}

export const field = (page) => page.locator(".term textarea");

// Pastes as a browser does, whatever the key or menu was.
export const paste = (page, text) =>
  field(page).evaluate((textarea, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    textarea.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);

export const option = (page, name) => page.evaluate((name) => document.querySelector(".term").session.terminal.options[name], name);
export const size = (page) => page.evaluate(() => (({ cols, rows }) => ({ cols, rows }))(document.querySelector(".term").session.terminal));
