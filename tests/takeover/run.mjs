// Databases of the real Better Auth, taken over and given back. See README.md.
//
//   SIGNET_BIN=… SIGNET_TEST_POSTGRES=postgres://…/{db} node run.mjs [WORD…]
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Test } from "./harness/test.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const all = readdirSync(here).filter((file) => file.endsWith(".mjs") && file !== "run.mjs").map((file) => file.slice(0, -".mjs".length)).sort();
const words = process.argv.slice(2).map((word) => word.replace(/^.*\/|\.mjs$/g, ""));
const asked = words.length ? all.filter((name) => words.some((word) => name.includes(word))) : all;
if (!asked.length) {
  console.error(`Nothing has ${words.join(" or ")} in its name. There are: ${all.join(", ")}`);
  process.exit(2);
}

let running;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await running?.end();
    process.exit(1);
  });
}

let passed = 0;
let failed = 0;
for (const name of asked) {
  console.log(`-- ${name}`);
  const began = Date.now();
  const test = (running = new Test(name));
  try {
    const { default: run } = await import(join(here, `${name}.mjs`));
    await run(test);
    if (test.passed + test.failed === 0) throw new Error("it checked nothing");
  } catch (fault) {
    test.failed++;
    console.log(`FAIL ${name}: ${fault.stack}`);
  }
  await test.end();
  console.log(`   ${name} took ${((Date.now() - began) / 1000).toFixed(1)} s`);
  passed += test.passed;
  failed += test.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
