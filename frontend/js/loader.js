// Loads the terminal when a page first needs one: no other page pays for it.
export async function openTerminal(...parameters) {
  const { TerminalSession } = await import("./terminal.js");
  return new TerminalSession(...parameters);
}
