// What the bar and the keys do on pages without the app.
import "./menus.js";
export { act } from "./act.js";
export { pressed } from "./shortcuts.js";
