// A terminal as the guides of xterm.js make it, fed from a WebSocket. `?flow=acknowledged` tells the server what has been parsed, which
// then sends no more than the page can take. `&renderer=webgl` loads the addon for WebGL.
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";

const ACKNOWLEDGE = 100_000;

const query = new URLSearchParams(location.search);
const [cols, rows] = [Number(query.get("cols")), Number(query.get("rows"))];
const acknowledges = query.get("flow") === "acknowledged";
const terminal = new Terminal({ cols, rows, fontSize: 13, lineHeight: 1.25, scrollback: 20_000 });
const element = document.querySelector(".term");
terminal.open(element);
if (query.get("renderer") === "webgl") terminal.loadAddon(new WebglAddon());
element.dataset.renderer = query.get("renderer");
const bench = (window.bench = { terminal, parsed: 0, lost: 0 });
const socket = new WebSocket(`ws://${location.host}/?${query}`);
socket.binaryType = "arraybuffer";
let unacknowledged = 0;
socket.addEventListener("message", ({ data }) => {
  const bytes = new Uint8Array(data);
  try {
    terminal.write(bytes, () => {
      bench.parsed += bytes.length;
      unacknowledged += bytes.length;
      if (!acknowledges || unacknowledged < ACKNOWLEDGE) return;
      socket.send(JSON.stringify({ parsed: unacknowledged }));
      unacknowledged = 0;
    });
  } catch {
    // xterm.js takes no more than 50 MB at once.
    bench.lost += bytes.length;
  }
});
terminal.onData((typed) => socket.send(JSON.stringify({ typed })));
terminal.focus();
