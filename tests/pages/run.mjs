// The pages, walked by people in a real browser. See README.md.
//
//   SIGNET_BIN=… node run.mjs [FLOW…]
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bind, startAlbum } from "./harness/album.mjs";
import { launchChromium } from "./harness/browser.mjs";
import { devices } from "./harness/devices.mjs";
import { Story } from "./harness/story.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const all = readdirSync(here).filter((file) => file.endsWith(".mjs") && file !== "run.mjs").map((file) => file.slice(0, -".mjs".length)).sort();
const asked = process.argv.slice(2).map((word) => word.replace(/^.*\/|\.mjs$/g, ""));
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length) {
  console.error(`There is no ${unknown.join(", ")}. There are: ${all.join(", ")}`);
  process.exit(2);
}

const flows = asked.length ? asked : all;
startAlbum(flows);
const browser = await launchChromium();
const running = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    for (const story of running) await story.end();
    await browser.close();
    process.exit(1);
  });
}

let passed = 0;
let failed = 0;

/** A flow on a device, and what came of it in one piece: flows go on side by side. */
async function tell(flow, device) {
  const began = Date.now();
  const story = new Story(flow, device, browser);
  running.add(story);
  try {
    const { default: run } = await import(join(here, `${flow}.mjs`));
    await run(story);
    await story.check("nothing went wrong in the browser", () => story.judge());
  } catch (fault) {
    await story.broke(fault);
  }
  await story.end();
  running.delete(story);
  console.log(`-- ${story.name}\n${story.lines.join("\n")}\n   ${story.name} took ${((Date.now() - began) / 1000).toFixed(1)} s`);
  passed += story.passed;
  failed += story.failed;
}

// One browser, and as many flows at once as there are cores for it and the servers. Who has the longest story begins.
const length = (flow) => statSync(join(here, `${flow}.mjs`)).size;
const waiting = flows.toSorted((one, other) => length(other) - length(one)).flatMap((flow) => Object.keys(devices).map((device) => () => tell(flow, device)));
const worker = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
};
await Promise.all([worker(), worker(), worker()]);
await browser.close();
console.log(`The pictures are in ${bind()}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
