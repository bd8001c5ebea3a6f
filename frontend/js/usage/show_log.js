// Shows the first line of the log at or after a time, in the log even if the terminal is shown.

const PATIENCE_MS = 10_000;

export async function showLogAt(time) {
  const log = document.querySelector('.output-views input[value="log"]');
  if (log && !log.checked) log.click();
  const from = Date.now();
  const session = () => document.querySelector(".term")?.session;
  // The log loads its first lines.
  while (!session()?.showTime || session().text() === "") {
    if (Date.now() - from > PATIENCE_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  session().showTime(time);
}
