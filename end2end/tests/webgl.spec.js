// Drawing with WebGL, in software here: a machine for tests has no graphics processor.
import config from "../playwright.config.js";
import { expect, expectTerminal, test } from "../support/test.js";

const { launchOptions } = config.use;
test.use({ launchOptions: { ...launchOptions, args: [...launchOptions.args, "--enable-unsafe-swiftshader"] } });

// How many colours a part of the page has.
const colours = async (page, element) => {
  const picture = [...(await element.screenshot())];
  return page.evaluate(async (picture) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(picture)]));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
  }, picture);
};

test("much output is drawn with WebGL, in its colours and where it belongs", async ({ page, server }) => {
  await page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, options) {
      return getContext.call(this, kind, { ...options, failIfMajorPerformanceCaveat: false });
    };
    const { getParameter } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      const value = getParameter.call(this, name);
      return typeof value === "string" ? value.replaceAll("SwiftShader", "processor") : value;
    };
  });
  const script = "stty -echo; echo ready; read line; seq 100000; printf '\\033[2J\\033[H\\033[31mred \\033[32mgreen\\033[0m'; sleep 100";
  const { id } = await server.sh(script, { terminal: { cols: 80, rows: 24 } });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await server.call("write_input", { id, text: "\r" });
  await expect(page.locator("[data-renderer=webgl]")).toBeVisible();
  await expectTerminal(page, "red green");
  const screen = page.locator(".xterm-screen");
  await expect(screen.locator("canvas").first()).toBeVisible();
  await expect.poll(() => colours(page, screen)).toBeGreaterThan(10);
});

// Some builds of Chromium give it out without calling it slow.
test("software that imitates a graphics processor does not draw", async ({ page, server }) => {
  const scripts = [];
  page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
  const { id } = await server.sh("stty -echo; echo ready; read line; seq 100000; echo all of it; sleep 100", { terminal: { cols: 80, rows: 24 } });
  await page.goto(`/admin/exec/${id}`);
  await expectTerminal(page, "ready");
  await server.call("write_input", { id, text: "\r" });
  await expectTerminal(page, "all of it");
  await expect(page.locator("[data-renderer=dom]")).toBeVisible();
  expect(scripts.filter((path) => path.endsWith("/terminal.js")).length).toBe(1);
  expect(scripts.filter((path) => path.endsWith("/webgl.js"))).toEqual([]);
});
