// The keys of the player. Buttons, the choice of a speed and the switch keep theirs.

// Seconds that an arrow key and a page key go.
const STEP = 5;
const PAGE = 60;

// `changeSpeed(way)`: one faster (1) or slower (-1).
export function listen(dialog, player, changeSpeed) {
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: -STEP, ArrowRight: STEP, PageDown: -PAGE, PageUp: PAGE };
    const isChoice = event.target.matches("select");
    if (event.key === " " && !event.target.matches("button, a, select, [type=checkbox]")) player.play(!player.isPlaying);
    else if (event.key in steps && !isChoice) player.seek(player.position + steps[event.key]);
    else if (event.key === "Home" && !isChoice) player.seek(0);
    else if (event.key === "End" && !isChoice) player.seek(Infinity);
    else if (event.key === "<" || event.key === ">") changeSpeed(event.key === ">" ? 1 : -1);
    else return;
    event.preventDefault();
  });
}
