// Colours of text on a coloured background, so that it can be read whatever a program combines: the same in light and dark.

// The 16 colours, as backgrounds and on them, as red, green and blue.
const PALETTE = [
  [42, 48, 59], [179, 32, 31], [26, 115, 64], [234, 181, 80], [31, 85, 201], [139, 47, 160], [11, 108, 120], [196, 203, 214],
  [91, 100, 114], [255, 123, 114], [97, 205, 140], [245, 205, 127], [125, 177, 255], [213, 155, 240], [102, 208, 222], [244, 246, 250],
];
const [BLACK, WHITE] = [[0, 0, 0], [255, 255, 255]];
// What WCAG 2.2 demands of text of this size (1.4.3).
const ENOUGH = 4.5;

// `ground` is an index of the palette or `[red, green, blue]`, `ink` the same or something else if none was chosen. Returns both as
// CSS colours: the chosen ink if it can be read there, otherwise black or white.
export function readable(ink, ground) {
  const below = rgb(ground);
  const chosen = rgb(ink);
  const best = contrast(BLACK, below) > contrast(WHITE, below) ? BLACK : WHITE;
  return { color: css(chosen && contrast(chosen, below) >= ENOUGH ? chosen : best), background: css(below) };
}

export const css = (colour) => `rgb(${colour.join(" ")})`;

const rgb = (colour) => (Array.isArray(colour) ? colour : PALETTE[colour]);

function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
