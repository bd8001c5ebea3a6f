// `make bench-browser`: what people who look at output get to feel, measured in a real Chromium, where possible beside a bare page
// that does only that. Names of measures as arguments take only these.
import "./release.js";
import { measureFlood } from "./flood.js";
import { measureLog } from "./log.js";
import { measurePages } from "./pages.js";
import { Stage } from "./stage.js";

const MEASURES = { flood: measureFlood, log: measureLog, page: measurePages };

const words = process.argv.slice(2);
const wrong = words.find((word) => !MEASURES[word]);
if (wrong !== undefined) {
  console.error(`there is no measure "${wrong}"; there are: ${Object.keys(MEASURES).join(" ")}`);
  process.exit(2);
}
const stage = await Stage.open();
try {
  for (const [name, measure] of Object.entries(MEASURES)) if (words.length === 0 || words.includes(name)) await measure(stage);
} finally {
  await stage.close();
}
