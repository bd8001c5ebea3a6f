// How wide characters are since Unicode 11. Loaded where one comes for which that matters.
export { Unicode11Addon } from "@xterm/addon-unicode11";
