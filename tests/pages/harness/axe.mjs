// axe-core, in a world of its own beside the page's: the page's policy stays as it is, and its scripts see nothing of it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GRAVE = ["serious", "critical"];

/**
 * Has `use` look at the page with axe-core as often as it likes: `find(rules)` gives a sentence for each thing that is grave,
 * of these rules alone where it is given some. `devtools` is how the page is reached for that.
 */
export async function withAxe(devtools, use) {
  const { frameTree } = await devtools.send("Page.getFrameTree");
  const { executionContextId } = await devtools.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`axe-core: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  await evaluate(`${source}; null`);
  await use(async (rules) => {
    const chosen = rules ? { runOnly: { type: "rule", values: rules } } : { rules: { "target-size": { enabled: true } } };
    const violations = await evaluate(`axe.run(document, ${JSON.stringify({ preload: false, resultTypes: ["violations"], ...chosen })}).then(${brief})`);
    return violations.filter(({ impact }) => GRAVE.includes(impact)).map(told);
  });
}

/** Runs beside the page. */
const brief = ({ violations }) => violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`) }));

const told = ({ id, impact, help, nodes }) => `${impact}: ${id}: ${help}: ${nodes.slice(0, 3).join(" | ").replace(/\s+/g, " ")}`;
