// Plays the recording of a process in a dialog over the page. Nothing of it reaches the process: what a terminal answers is dropped.
import "../../style/replay.css";
import { Controls } from "./replay/controls.js";
import { Player } from "./replay/player.js";
import { Recording } from "./replay/recording.js";

// `address`: that of the recording, for downloading it.
export function replay(address) {
  const loading = new AbortController();
  const recording = new Recording();
  const controls = new Controls(address);
  const { dialog } = controls;
  document.body.append(dialog);
  const player = new Player(recording, controls.screen, () => controls.show(player, recording));
  controls.control(player);
  const close = () => dialog.close();
  // Whoever goes back leaves the page below.
  addEventListener("popstate", close);
  dialog.addEventListener("close", () => {
    removeEventListener("popstate", close);
    loading.abort();
    player.dispose();
    dialog.remove();
  });
  dialog.showModal();
  const playable = new URL(address);
  playable.searchParams.delete("download");
  recording.load(playable, loading.signal, () => player.grown());
}
