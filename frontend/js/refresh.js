// Asks again and again while the page is seen. Returns how to stop. `ask()` may fail: then it is asked later. It resolves to the
// response, since who may not ask, or is not signed in any more, does not ask again; or to nothing.
export function refresh(ask, everyMs) {
  let isAsking = false;
  const round = async () => {
    if (isAsking || document.visibilityState !== "visible") return;
    isAsking = true;
    try {
      const response = await ask();
      if (isRefused(response)) stop();
    } catch {
      // The page says by itself that there is no connection.
    } finally {
      isAsking = false;
    }
  };
  const stop = () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", round);
  };
  const timer = setInterval(round, everyMs);
  document.addEventListener("visibilitychange", round);
  round();
  return stop;
}

export const isRefused = (response) => response?.status === 401 || response?.status === 403;
