// Programs ask their terminal questions by escape codes. A replay asks them again, and an answer would be typed into
// whatever runs now: so while a replay lasts, questions are swallowed.
// The codes: xterm control sequences, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html

export function denyQueries(terminal, replaying) {
  const swallow = () => replaying();
  const { parser } = terminal;
  for (const id of [
    { final: "c" }, { prefix: ">", final: "c" }, { prefix: "=", final: "c" }, // device attributes
    { final: "n" }, { prefix: "?", final: "n" }, // status reports
    { intermediates: "$", final: "p" }, { prefix: "?", intermediates: "$", final: "p" }, // mode queries
    { final: "t" }, { prefix: ">", final: "q" }, { prefix: "?", final: "u" }, // window, version, keyboard
  ]) {
    parser.registerCsiHandler(id, swallow);
  }
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, swallow);
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, swallow);
  for (const code of [4, 10, 11, 12]) {
    parser.registerOscHandler(code, (data) => replaying() && data.includes("?"));
  }
  // Nothing that is printed may touch the clipboard.
  parser.registerOscHandler(52, () => true);
}
