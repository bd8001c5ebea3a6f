import { expect, test } from "../support/test.js";

const search = (page) => page.getByRole("searchbox");
// What the list has asked for with this word: the active processes, and the ended ones.
const asked = (page, word) => {
  const states = [];
  page.on("request", (request) => {
    if (!request.url().endsWith("/api/list_processes")) return;
    const { filter } = request.postDataJSON();
    if (filter?.name === word) states.push(filter.state);
  });
  return states;
};

test("state and words narrow the list, and the address holds them", async ({ page, server }) => {
  for (const code of [0, 1]) await server.sh(`exit ${code}`, { name: `narrow ${code}`, labels: { team: "web" } });
  await page.goto("/admin/exec");
  await page.getByRole("searchbox").fill("narrow");
  await expect(page).toHaveURL(/q=narrow/);
  await expect(page.locator(".row")).toHaveCount(2);
  await page.getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/state%3Afailed/);
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row")).toContainText("narrow 1");
  await page.getByRole("searchbox").fill("state:asleep");
  await expect(page.getByText("“asleep” isn't a state. Use running, failed or ended; or")).toBeVisible();
});

test("two labels are refused under the field, and nothing is selected by one of them alone", async ({ page, server, tolerate }) => {
  for (const team of ["a", "b"]) await server.sh("exit 0", { name: `twolabels ${team}`, labels: { team, n: "3" } });
  await page.goto("/admin/exec?q=twolabels+label:team=b");
  await expect(page.locator(".row")).toHaveCount(1);
  await search(page).press("End");
  await search(page).pressSequentially(" label:n=3");
  await expect(page.locator(".search .field-error")).toHaveText("Use label: once.");
  await expect(page.locator(".row")).toHaveCount(1);
  tolerate(/400 .*q=label/);
  await page.goto("/admin/exec?q=label:team=b+label:n=3");
  await expect(page.locator(".search .field-error")).toHaveText("Use label: once.");
  await expect(page.locator(".row")).toHaveCount(0);
  await search(page).fill("twolabels label:n=3");
  await expect(page.locator(".row")).toHaveCount(2);
});

test("a key whose value is still to be typed narrows nothing", async ({ page, server }) => {
  await server.sh("exit 0", { name: "unfinished", labels: { team: "b" } });
  await page.goto("/admin/exec?q=unfinished");
  await search(page).press("End");
  for (const key of ["user:", "label:", "state:", "group:", "sort:"]) {
    await search(page).fill(`unfinished ${key}`);
    await expect(page).toHaveURL(new RegExp(`q=unfinished.*${key.replace(":", "%3A")}`));
    await expect(page.locator("html[data-loading]")).toHaveCount(0);
    await expect(page.locator(".row")).toHaveCount(1);
    await expect(page.locator(".search .field-error")).toBeEmpty();
  }
});

test("another filter is asked for once, over the connection that there is", async ({ page, server }) => {
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  let connections = 0;
  page.on("request", (request) => (connections += request.url().endsWith("/api/events")));
  const states = asked(page, "askonce");
  await search(page).fill("askonce");
  await expect(page.getByText("No processes match")).toBeVisible();
  await server.sh("exit 0", { name: "askonce" });
  await expect(page.locator(".row", { hasText: "askonce" }).locator(".state")).toContainText("exit 0");
  expect(states).toEqual(["active", "ended"]);
  expect(connections).toBe(0);
});

test("what happens while another filter is loading is not missed", async ({ page, server }) => {
  await page.addInitScript(() => {
    window.heard = [];
    addEventListener("execdeck-process", ({ detail }) => window.heard.push(JSON.parse(detail)));
  });
  await page.goto("/admin/exec");
  await expect(page.locator(".link")).toContainText("Live");
  let [stale, release] = [0];
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/list_processes", async (route) => {
    const { filter } = route.request().postDataJSON();
    if (filter?.name !== "switching" || filter.state !== "ended") return route.continue();
    const response = await route.fetch();
    stale++;
    await held;
    await route.fulfill({ response });
  });
  await search(page).fill("switching");
  await expect.poll(() => stale).toBe(1);
  await server.sh("exit 3", { name: "switching" });
  await page.waitForFunction(() => window.heard.some(({ name, state }) => name === "switching" && state === "exited"));
  release();
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row .state")).toContainText("exit 3");
  expect(stale).toBe(1);
});

test("what is typed and what the segments choose are one filter", async ({ page, server }) => {
  for (const code of [0, 1]) await server.sh(`exit ${code}`, { name: `onefilter ${code}` });
  await page.goto("/admin/exec");
  await page.getByRole("link", { name: /^Failed/ }).click();
  await expect(page).toHaveURL(/state%3Afailed/);
  await expect(search(page)).toHaveValue("state:failed");
  await search(page).press("End");
  await search(page).pressSequentially(" onefilter");
  await expect(page).toHaveURL(/q=state%3Afailed(\+|%20)onefilter/);
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.locator(".row")).toContainText("onefilter 1");
  await page.getByRole("link", { name: /^Ended/ }).click();
  await expect(search(page)).toHaveValue("state:ended onefilter");
  await expect(page.locator(".row")).toHaveCount(2);
  await page.goBack();
  await expect(search(page)).toHaveValue("state:failed onefilter");
  await expect(page.locator(".row")).toHaveCount(1);
});

test("a state that is half typed keeps the page, and the error stands under the field", async ({ page, server }) => {
  await server.sh("exit 0", { name: "halftyped" });
  await page.goto("/admin/exec?q=halftyped");
  await expect(page.locator(".row")).toHaveCount(1);
  await search(page).press("End");
  await search(page).pressSequentially(" state:f");
  await expect(page.locator(".search .field-error")).toContainText("“f” isn't a state");
  await expect(search(page)).toBeFocused();
  await expect(page.locator(".row")).toHaveCount(1);
  await search(page).pressSequentially("ailed");
  await expect(page.getByText("No processes match")).toBeVisible();
  await expect(page.locator(".search .field-error")).toBeHidden();
  await expect(search(page)).toBeFocused();
});
