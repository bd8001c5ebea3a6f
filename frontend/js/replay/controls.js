// The dialog in which a recording is played, and its controls.
import { make } from "../dom.js";
import { size } from "../format.js";
import { clock } from "./clock.js";
import { listen } from "./keys.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 16];

export class Controls {
  screen = make("div", { className: "replay-screen", role: "region", "aria-label": "Terminal" });
  dialog;
  #title = make("h2", {}, "Replay");
  #play = make("button", { type: "button", className: "small replay-play" }, "Pause");
  #restart = make("button", { type: "button", className: "ghost small" }, "Restart");
  #slider = make("input", { type: "range", min: 0, max: 0, step: "any", value: 0, "aria-label": "Position" });
  #time = make("span", { className: "replay-time" }, "0:00 / 0:00");
  #speed = make("select", { "aria-label": "Speed" }, ...SPEEDS.map((speed) => make("option", { value: speed }, `${speed}×`)));
  #short = make("input", { type: "checkbox", checked: true });
  #close = make("button", { type: "button", className: "ghost small" }, "Close");
  #status = make("p", { className: "replay-status", role: "status" }, "Loading …");

  // `address`: where the recording can be downloaded.
  constructor(address) {
    const download = make("a", { className: "button ghost small", href: address, download: "", rel: "external" }, "Download");
    const head = make("div", { className: "replay-head" }, this.#title, download, this.#close);
    const short = make("label", { className: "switch" }, this.#short, "Shorten pauses");
    const bar = make("div", { className: "replay-bar" }, this.#play, this.#restart, this.#slider, this.#time, this.#speed, short);
    this.#speed.value = 1;
    this.dialog = make("dialog", { className: "replay", "aria-label": "Replay" }, head, this.screen, this.#status, bar);
  }

  control(player) {
    this.#play.addEventListener("click", () => player.play(!player.isPlaying));
    this.#restart.addEventListener("click", () => {
      player.seek(0);
      player.play(true);
    });
    this.#slider.addEventListener("input", () => player.seek(Number(this.#slider.value)));
    this.#slider.addEventListener("pointerdown", () => (player.isHeld = true));
    for (const name of ["pointerup", "pointercancel"]) this.#slider.addEventListener(name, () => (player.isHeld = false));
    this.#speed.addEventListener("change", () => (player.speed = Number(this.#speed.value)));
    this.#short.addEventListener("change", () => player.shorten(this.#short.checked));
    this.#close.addEventListener("click", () => this.dialog.close());
    listen(this.dialog, player, (way) => this.#changeSpeed(player, way));
    this.#play.autofocus = true;
  }

  // Shows where the player is.
  show(player, recording) {
    const [at, end] = [clock(player.position), clock(player.duration)];
    set(this.#play, "textContent", player.isPlaying ? "Pause" : "Play");
    set(this.#title, "textContent", recording.title ? `Replay of ${recording.title}` : "Replay");
    set(this.#time, "textContent", `${at} / ${end}`);
    set(this.#status, "textContent", statusOf(player, recording));
    set(this.screen, "ariaBusy", String(!player.isDrawn));
    set(this.#slider, "max", String(player.duration));
    // As far as the slider can tell: what it says is read out.
    if (!player.isHeld) this.#slider.value = player.position;
    set(this.#slider, "ariaValueText", `${at} of ${end}`);
  }

  #changeSpeed(player, way) {
    const next = SPEEDS[SPEEDS.indexOf(player.speed) + way];
    if (!next) return;
    player.speed = next;
    this.#speed.value = next;
  }
}

// Changes only what is different.
function set(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

function statusOf(player, { bytes, isDone, isCut, problem, events }) {
  const part = isCut ? `Only the first ${size(bytes)} are played; the download has all. ` : "";
  if (problem) return `${part}${problem}`;
  if (player.seeking !== undefined) return `${part}Going there, ${Math.floor(100 * player.seeking)} %`;
  if (!isDone) return `Loading, ${size(bytes)}`;
  if (events.every(({ kind }) => kind !== "o") && !player.exit) return "Nothing was printed yet.";
  if (player.isAtEnd && !isCut) return player.exit === undefined ? "This is all that was printed until now." : `Ended with exit code ${player.exit}.`;
  return player.note ? `${part}${player.note}` : part.trimEnd();
}
