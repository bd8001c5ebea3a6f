// Moves in the log.
import { startFrames, stopFrames } from "./frames.js";
import { stopwatch } from "./stopwatch.js";

const SECONDS = 5;
// Pixels per second, as of a wheel that is turned quickly.
const SPEED = 3000;

// Scrolls up with the wheel and returns the times between frames, in ms. Without a selector, scrolls a page of its own that shows nothing.
export async function scroll(page, selector) {
  if (!selector) await page.setContent(`<body style="margin: 0"><div class="bare" style="height: 100vh; overflow: auto"><div style="height: 4000000px"></div></div>`);
  const scroller = page.locator(selector ?? ".bare");
  if (!selector) await scroller.evaluate((element) => (element.scrollTop = 2_000_000));
  const box = await scroller.boundingBox();
  const session = await page.context().newCDPSession(page);
  await startFrames(page);
  await session.send("Input.synthesizeScrollGesture", {
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
    yDistance: SPEED * SECONDS,
    speed: SPEED,
    gestureSourceType: "mouse",
    preventFling: true,
  });
  const gaps = await stopFrames(page);
  await session.detach();
  return gaps;
}

// Goes to a line by its number and returns the time until it is seen, in ms.
export async function jump(page, number) {
  const field = page.getByLabel("Go to a line number");
  await field.fill(String(number));
  const isSeen = (number) => {
    const box = document.querySelector(`.log-item[data-line="${number}"]`)?.getBoundingClientRect();
    return box && box.top > 0 && box.bottom < innerHeight;
  };
  const time = stopwatch(page, "keydown", isSeen, number);
  await field.press("Enter");
  return time;
}
