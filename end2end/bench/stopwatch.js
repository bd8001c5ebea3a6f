// Times within a page, by its own clock.

// Takes the time from the next event of this kind until the condition holds and what it is about is drawn, in ms; undefined after
// half a minute. `condition(argument)` runs in the page. Start it before the action and wait for it afterwards.
export const stopwatch = (page, event, condition, argument) =>
  page.evaluate(`new Promise((resolve) => {
    const condition = ${condition};
    const argument = ${JSON.stringify(argument) ?? "undefined"};
    addEventListener(${JSON.stringify(event)}, ({ timeStamp: start }) => {
      const look = () => {
        if (condition(argument)) setTimeout(() => resolve(performance.now() - start));
        else if (performance.now() - start > 30_000) resolve(undefined);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  })`);
