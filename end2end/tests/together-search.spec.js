// Search in several outputs at once: merged by time, and side by side.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/test.js";
import { address, echo, pane, print, scroller, takeTurns, texts } from "../support/together.js";

const ROUNDS = 8;
// Most of it is not loaded, and one line of each round matches: first of one process, then of the other.
const block = (name, round) => Array.from({ length: 700 }, (_, index) => (index === 300 ? `a Needle of ${name} ${round}` : `${name} ${round}.${index + 1}`));
const field = (page) => page.getByLabel("Search in these outputs");
const status = (page) => page.locator(".together-tools .log-find").getByRole("status");
const current = (page) => page.locator(".log-current .log-text");

async function search(page, text) {
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await field(page).fill(text);
  await page.keyboard.press("Enter");
}

test("matches of all processes are gone through in the order of time, wherever they are", async ({ page, server, tolerate }) => {
  const { processes, printed } = await takeTurns(server, ROUNDS, block);
  const needles = printed.filter((text) => text.includes("Needle"));
  await page.goto(address(processes, "merged"));
  await expect(scroller(page)).toContainText(`two ${ROUNDS}.700`);
  await page.keyboard.press("Home");
  await expect(scroller(page)).toContainText("one 1.1");
  await search(page, "needle of");
  for (const [index, text] of needles.entries()) {
    await expect(current(page)).toHaveText(text);
    await expect(current(page)).toBeInViewport();
    await expect(current(page).locator("mark")).toHaveText("Needle of");
    await expect(status(page)).toHaveText(`${index + 1} of ${needles.length}`);
    const here = await texts(page);
    const from = printed.indexOf(here[0]);
    expect(here).toEqual(printed.slice(from, from + here.length));
    await page.keyboard.press("Enter");
  }
  // Around, and back.
  await expect(current(page)).toHaveText(needles[0]);
  for (const text of needles.slice(ROUNDS).reverse()) {
    await page.keyboard.press("Shift+Enter");
    await expect(current(page)).toHaveText(text);
    await expect(current(page)).toBeInViewport();
  }
  await page.getByRole("button", { name: "Next match" }).click();
  await expect(current(page)).toHaveText(needles[ROUNDS + 1]);
  await page.getByRole("button", { name: "Match case" }).click();
  await expect(status(page)).toHaveText("No matches");
  await expect(page.locator("mark")).toHaveCount(0);
  await page.getByRole("button", { name: "Match case" }).click();
  await expect(status(page)).toHaveText(/ of 16$/);
  await page.getByRole("button", { name: "Regular expression" }).click();
  await search(page, "needle of (two|none) [67]");
  await expect(status(page)).toHaveText(/ of 2$/);
  tolerate(/^400 for .*\/search\?q=needle\+%28|status of 400/);
  await search(page, "needle (");
  await expect(status(page)).toContainText("is not a regular expression");
  await expect(field(page)).toHaveAttribute("aria-invalid", "true");
  await field(page).press("Escape");
  await expect(scroller(page)).toBeFocused();
  await expect(field(page)).toHaveValue("");
  await expect(page.locator("mark")).toHaveCount(0);
  await expect(current(page)).toHaveCount(0);
});

test("a search begins where the reader is, and finds what is printed later", async ({ page, server }) => {
  const { processes } = await takeTurns(server, ROUNDS, block);
  await page.goto(address(processes, "merged"));
  await expect(scroller(page)).toContainText(`two ${ROUNDS}.700`);
  // At the end: there is none below.
  await search(page, "Needle of");
  await expect(current(page)).toHaveText(`a Needle of two ${ROUNDS}`);
  await expect(status(page)).toHaveText("16 of 16");
  const look = ({ id }) => page.waitForResponse((response) => response.url().includes(`/${id}/lines?from=-1`));
  await print(server, processes[0], "one more Needle of one");
  for (let turn = 0; turn < 2; turn++) await look(processes[0]);
  await page.keyboard.press("Enter");
  await expect(current(page)).toHaveText("one more Needle of one");
  await expect(current(page)).toBeInViewport();
  await expect(status(page)).toHaveText("17 of 17");
  await page.keyboard.press("Enter");
  await expect(current(page)).toHaveText("a Needle of one 1");
  // Whoever goes back from the first one comes to what was printed meanwhile.
  await print(server, processes[1], "the last Needle of all");
  for (let turn = 0; turn < 2; turn++) await look(processes[1]);
  await page.keyboard.press("Shift+Enter");
  await expect(current(page)).toHaveText("the last Needle of all");
  await expect(status(page)).toHaveText("18 of 18");
});

test("of very many matches the next and the previous ones are found all the same", async ({ page, server }) => {
  // More than one answer has, of one of them.
  const many = (name, round) => Array.from({ length: name === "one" ? 4000 : 10 }, (_, index) => `match ${name} ${round}.${index + 1}`);
  const { processes, printed } = await takeTurns(server, 6, many);
  await page.goto(address(processes, "merged"));
  await expect(scroller(page)).toContainText("match two 6.10");
  await search(page, "match");
  // At the end, which the first answer has not come to.
  await expect(status(page)).toHaveText(/Line [\d,]+ · [\d,]+\+? matches/);
  const first = printed.indexOf(await current(page).textContent());
  expect(first).toBeGreaterThan(printed.length - 200);
  for (let index = first + 1; index < printed.length; index++) {
    await page.keyboard.press("Enter");
    await expect(current(page)).toHaveText(printed[index]);
  }
  await page.keyboard.press("Enter");
  await expect(current(page)).toHaveText(printed[0]);
  await page.keyboard.press("Shift+Enter");
  await expect(current(page)).toHaveText(printed.at(-1));
  for (const text of printed.slice(-40, -1).reverse()) {
    await page.keyboard.press("Shift+Enter");
    await expect(current(page)).toHaveText(text);
  }
});

test("side by side each output has its own matches, and the keys go on in the one that was used last", async ({ page, server }) => {
  const { processes } = await takeTurns(server, ROUNDS, block);
  const [one, two] = processes;
  await page.goto(address(processes));
  await expect(pane(page, two).getByRole("log")).toContainText(`two ${ROUNDS}.700`);
  for (const process of processes) {
    await pane(page, process).getByRole("log").focus();
    await page.keyboard.press("Home");
    await expect(pane(page, process).getByRole("log")).toContainText(`${process.name} 1.1`);
  }
  await pane(page, one).getByRole("log").focus();
  await search(page, "needle");
  for (const process of processes) await expect(current(pane(page, process))).toHaveText(`a Needle of ${process.name} 1`);
  await expect(status(page)).toHaveText("one: 1 of 8");
  await page.keyboard.press("Enter");
  await expect(current(pane(page, one))).toHaveText("a Needle of one 2");
  await expect(current(pane(page, two))).toHaveText("a Needle of two 1");
  await pane(page, two).getByRole("log").click();
  await expect(status(page)).toHaveText("two: 1 of 8");
  await page.getByRole("button", { name: "Next match" }).click();
  await page.getByRole("button", { name: "Next match" }).click();
  await expect(current(pane(page, two))).toHaveText("a Needle of two 3");
  await expect(current(pane(page, two))).toBeInViewport();
  await expect(current(pane(page, one))).toHaveText("a Needle of one 2");
  // What only one has is shown there, also if it is further down.
  await page.setViewportSize({ width: 360, height: 420 });
  await search(page, "needle of two 5");
  await expect(status(page)).toHaveText("two: 1 of 1");
  await expect(current(pane(page, two))).toBeInViewport();
  await search(page, "needle of one 5");
  await expect(status(page)).toHaveText("one: 1 of 1");
  await expect(current(pane(page, one))).toBeInViewport();
  await field(page).press("Escape");
  await expect(pane(page, one).getByRole("log")).toBeFocused();
  await expect(page.locator("mark")).toHaveCount(0);
});

for (const width of [360, 800, 1280]) {
  test(`the tools fit a window of ${width} px, and are accessible in light and dark`, async ({ newPage, server }) => {
    const processes = [await echo(server, "one"), await echo(server, "two")];
    for (const process of processes) await print(server, process, `to be found by ${process.name}`);
    const page = await newPage({ viewport: { width, height: 740 } });
    const expectFit = async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    };
    for (const [colorScheme, view] of [["light", "side"], ["dark", "merged"]]) {
      await page.emulateMedia({ colorScheme });
      await page.goto(address(processes, view));
      await expect(page.getByText("to be found by two")).toBeVisible();
      await search(page, "found");
      await expect(status(page)).toHaveText(/1 of [12]$/);
      for (const name of ["Match case", "Regular expression", "Previous match", "Next match", "End the search"]) await expect(page.getByRole("button", { name })).toBeInViewport();
      if (view === "merged") {
        await page.getByLabel("Go to start").fill("2020-01-01");
        await page.keyboard.press("Enter");
        await expect(page.getByText("The first line is later")).toBeInViewport({ ratio: 1 });
      }
      await expectFit();
    }
  });
}
