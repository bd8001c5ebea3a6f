// Asks again and again while the page is seen. Returns how to stop. `ask()` may fail: then it is asked later.
export function refresh(ask, everyMs) {
  let isAsking = false;
  const round = async () => {
    if (isAsking || document.visibilityState !== "visible") return;
    isAsking = true;
    try {
      await ask();
    } catch {
      // The page says by itself that there is no connection.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(round, everyMs);
  document.addEventListener("visibilitychange", round);
  round();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", round);
  };
}
