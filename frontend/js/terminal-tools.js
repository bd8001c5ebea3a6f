// What a terminal offers beside itself, loaded when some of it is first used.
import "../../style/terminal-tools.css";

export { Question } from "./terminal/question.js";
export { Search } from "./terminal/search.js";
export { Settings } from "./terminal/settings.js";
