// Keeps the browsers of the tests signed in: each context has the cookies of all servers.
const contexts = new Set();
const cookies = [];

export async function addCookie(cookie) {
  cookies.push(cookie);
  await Promise.all([...contexts].map((context) => context.addCookies([cookie])));
}

// To be called for each new context that is to be signed in.
export async function signIn(context) {
  contexts.add(context);
  context.on("close", () => contexts.delete(context));
  if (cookies.length > 0) await context.addCookies(cookies);
  return context;
}
