// The dialog in which a recording is played, and its controls.
import { t } from "../../../app/js/texts.js";
import { make } from "../dom.js";
import { size } from "../format.js";
import { clock } from "./clock.js";
import { listen } from "./keys.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 16];

export class Controls {
  screen = make("div", { className: "replay-screen", role: "region", translate: false, "aria-label": t("Terminal") });
  dialog;
  #title = make("h2", {}, t("Replay"));
  #play = make("button", { type: "button", className: "small replay-play" }, t("Pause"));
  #restart = make("button", { type: "button", className: "ghost small" }, t("Restart"));
  #slider = make("input", { type: "range", min: 0, max: 0, step: "any", value: 0, "aria-label": t("Position") });
  #time = make("span", { className: "replay-time" }, "0:00 / 0:00");
  #speed = make("select", { "aria-label": t("Speed") }, ...SPEEDS.map((speed) => make("option", { value: speed }, `${speed}×`)));
  #short = make("input", { type: "checkbox", checked: true });
  #close = make("button", { type: "button", className: "ghost small" }, t("Close"));
  #status = make("p", { className: "replay-status", role: "status" }, t("Loading …"));

  // `address`: where the recording can be downloaded.
  constructor(address) {
    const download = make("a", { className: "button ghost small", href: address, download: "", rel: "external" }, t("Download"));
    const head = make("div", { className: "replay-head" }, this.#title, download, this.#close);
    const short = make("label", { className: "switch" }, this.#short, t("Shorten pauses"));
    const bar = make("div", { className: "replay-bar" }, this.#play, this.#restart, this.#slider, this.#time, this.#speed, short);
    this.#speed.value = 1;
    this.dialog = make("dialog", { className: "replay", "aria-label": t("Replay") }, head, this.screen, this.#status, bar);
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
    set(this.#play, "textContent", player.isPlaying ? t("Pause") : t("Play"));
    set(this.#title, "textContent", recording.title ? t("Replay of {title}", { title: recording.title }) : t("Replay"));
    set(this.#time, "textContent", `${at} / ${end}`);
    set(this.#status, "textContent", statusOf(player, recording));
    set(this.screen, "ariaBusy", String(!player.isDrawn));
    set(this.#slider, "max", String(player.duration));
    // As far as the slider can tell: what it says is read out.
    if (!player.isHeld) this.#slider.value = player.position;
    set(this.#slider, "ariaValueText", t("{at} of {end}", { at, end }));
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
  const part = isCut ? `${t("Only the first {size} are played; the download has all.", { size: size(bytes) })} ` : "";
  if (problem) return `${part}${problem}`;
  if (player.seeking !== undefined) return part + t("Going there, {percent} %", { percent: Math.floor(100 * player.seeking) });
  if (!isDone) return t("Loading, {size}", { size: size(bytes) });
  if (events.every(({ kind }) => kind !== "o") && !player.exit) return t("Nothing was printed yet.");
  if (player.isAtEnd && !isCut) return player.exit === undefined ? t("This is all that was printed until now.") : t("Ended with exit code {code}.", { code: player.exit });
  return player.note ? `${part}${player.note}` : part.trimEnd();
}
