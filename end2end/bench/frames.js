// How often a page gets to draw.

// Begins to note the times of frames, and how long an event has to wait for its turn.
export const startFrames = (page) =>
  page.evaluate(() => {
    const frames = [];
    const note = (time) => {
      frames.push(time);
      window.benchFrames = { frames, next: requestAnimationFrame(note) };
    };
    window.benchFrames = { frames, next: requestAnimationFrame(note) };
  });

// Ends it and returns the times between two frames, in ms.
export async function stopFrames(page) {
  const times = await page.evaluate(() => {
    cancelAnimationFrame(window.benchFrames.next);
    return window.benchFrames.frames;
  });
  return times.slice(1).map((time, at) => time - times[at]);
}

// Frames that a screen with 60 a second would have shown and this page has not.
export const dropped = (gaps) => gaps.reduce((count, gap) => count + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0);
