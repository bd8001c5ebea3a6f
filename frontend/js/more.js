// What the page has for those who do something in it, or look at its tab only.
import "./bell.js";
import "./demand.js";
import "./favicon.js";
import "./menus.js";
export { act } from "./act.js";
export { hearHealth } from "./health.js";
export { pressed } from "./shortcuts.js";

// The next page may be one with a form. Not by a link: Firefox refuses to prefetch where `default-src` is `none`.
fetch(new URL("./form.css", import.meta.url), { priority: "low" }).catch(() => {});
