// A script of its own: only loaded where it is used.
export { WebglAddon } from "@xterm/addon-webgl";
