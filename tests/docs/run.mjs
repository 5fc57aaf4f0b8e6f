// Holds the documentation against the project: links lead somewhere, examples run, included code is that of its file, and
// docs/security.md names tests that are there. See README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startSignet } from "../interop/server.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (file) => readFileSync(join(root, file), "utf8");
/** The files that git knows or would take, by pattern. */
const files = (...patterns) => execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns], { cwd: root, encoding: "utf8" })
  .split("\n").filter((file) => file && existsSync(join(root, file)));

let passed = 0;
let failed = 0;

function report(what, faults) {
  if (faults.length) failed++;
  else passed++;
  console.log(faults.length ? `FAIL ${what}:\n${faults.map((fault) => `    ${fault}`).join("\n")}` : `ok   ${what}`);
}

/** A document without its code, for there a link is none. */
const prose = (text) => text.replace(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, "").replace(/`[^`\n]*`/g, "`code`");

/** The anchors of a document's headings, as the usual forges make them. */
function anchors(text) {
  const seen = new Map();
  return new Set([...text.replace(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, "").matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => {
    const slug = heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before ? `${slug}-${before}` : slug;
  }));
}

function brokenLinks(file) {
  const text = prose(read(file));
  const targets = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|^\[[^\]]+\]: +<?([^\s>]+)>?/gm)].map(([, inline, reference]) => inline ?? reference);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target)).flatMap((target) => {
    const [path, anchor] = target.split("#");
    const there = path ? resolve(root, dirname(file), decodeURIComponent(path)) : join(root, file);
    if (!existsSync(there)) return [`${target}: there is no ${relative(root, there)}`];
    if (anchor && statSync(there).isFile() && !anchors(readFileSync(there, "utf8")).has(anchor)) return [`${target}: no heading makes that anchor`];
    return [];
  });
}

/** The blocks that are marked, in their order: `<!-- file: NAME -->` is kept under that name, `<!-- run -->` is run. */
function markedBlocks(text) {
  return [...text.matchAll(/^<!-- (?:file: (\S+)|(run)) -->\n+```[^\n]*\n([^]*?)^```$/gm)].map(([, name, , code]) => ({ name, code }));
}

/** Runs a document's examples in one folder against one server, which stands in for http://localhost:3000. */
async function examplesThatFail(blocks) {
  const signet = await startSignet({ host: "localhost" });
  const folder = mkdtempSync(join(tmpdir(), "signet-docs-"));
  const python = process.env.INTEROP_PYTHON;
  const environment = { ...process.env, PATH: `${python ? `${dirname(python)}:` : ""}${process.env.SIGNET_BIN ? `${dirname(process.env.SIGNET_BIN)}:` : ""}${process.env.PATH}` };
  symlinkSync(join(root, "tests/interop/node/node_modules"), join(folder, "node_modules"));
  try {
    for (const { name, code } of blocks) {
      const here = code.replaceAll("http://localhost:3000", signet.origin);
      if (name) {
        writeFileSync(join(folder, name), here);
        continue;
      }
      const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", here], { cwd: folder, env: environment, encoding: "utf8", timeout: 180_000 });
      if (status !== 0) return [...here.trim().split("\n").map((line) => `$ ${line}`), ...`${stdout}${stderr}`.trim().split("\n"), `ended with ${status}`];
    }
    return [];
  } finally {
    await signet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const include = /^<!-- include: ([^\s#]+)(?:#(\S+))? -->$(?:\n+(```+)[^\n]*\n([^]*?)^\3$)?/gm;
const languages = { py: "python", rs: "rust", mjs: "js", conf: "nginx" };

/** A file, or what stands in it between `region NAME` and `endregion`, which are comments; without the indentation, and without the marks of other regions. */
function included(file, region) {
  let lines = read(file).replace(/\n$/, "").split("\n");
  if (region) {
    const begin = lines.findIndex((line) => new RegExp(`^\\s*(#|//|--) region ${region}$`).test(line));
    if (begin < 0) throw new Error(`${file} has no region ${region}`);
    let depth = 1;
    const length = lines.slice(begin + 1).findIndex((line) => (depth += /^\s*(#|\/\/|--) region /.test(line) - /^\s*(#|\/\/|--) endregion/.test(line)) === 0);
    if (length < 0) throw new Error(`${file}: region ${region} has no end`);
    lines = lines.slice(begin + 1, begin + 1 + length);
  }
  lines = lines.filter((line) => !/^\s*(#|\/\/|--) (region |endregion)/.test(line));
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return `${lines.map((line) => line.slice(indent)).join("\n").replace(/^\n+|\n+$/g, "")}\n`;
}

/** The blocks of a document that are to be code of a file, and are not. */
function strayIncludes(file) {
  return [...read(file).matchAll(include)].flatMap(([, path, region, , code]) => {
    const name = region ? `${path}#${region}` : path;
    if (!existsSync(join(root, path))) return [`there is no ${path}`];
    return code === included(path, region) ? [] : [`the block is not ${name}: run.mjs --fill`];
  });
}

/** Writes into a document the code that it includes. */
function fillIncludes(file) {
  const text = read(file);
  const filled = text.replace(include, (_, path, region) => {
    const language = path.split(/[./]/).at(-1).toLowerCase();
    return `<!-- include: ${path}${region ? `#${region}` : ""} -->\n\`\`\`${languages[language] ?? language}\n${included(path, region)}\`\`\``;
  });
  if (filled !== text) writeFileSync(join(root, file), filled);
}

const securityRow = /^(\| (T\d\d) \|[^|]*\|([^|]*)\|)([^|]*)\|$/gm;

/** The names of the tests that begin with a threat's number, by threat. */
function threatTests() {
  const tests = {};
  const inRust = files("src/*.rs", "tests/*.rs").map(read).join("\n").matchAll(/\bfn (t\d\d_\w+)/g);
  const ofExamples = files("tests/examples/*.mjs").map(read).join("\n").matchAll(/["`](t\d\d_\w+)/g);
  for (const [, name] of [...inRust, ...ofExamples]) (tests[name.slice(0, 3).toUpperCase()] ??= []).push(name);
  return tests;
}

const listed = (names = []) => [...new Set(names)].sort().map((name) => `\`${name}\``).join(", ");

/** docs/security.md against the tests: a row for every threat, in its last column exactly its tests, and a state to fit. */
function securityFaults() {
  const tests = threatTests();
  const rows = [...read("docs/security.md").matchAll(securityRow)].map(([, , threat, state, names]) => ({ threat, state: state.trim(), names: names.trim() }));
  const threats = Array.from({ length: 90 }, (_, index) => `T${String(index + 1).padStart(2, "0")}`);
  return [
    ...threats.filter((threat) => rows.filter((row) => row.threat === threat).length !== 1).map((threat) => `${threat} has no row, or several`),
    ...rows.flatMap(({ threat, state, names }) => [
      names !== listed(tests[threat]) && `${threat} names ${names || "no test"}, and its tests are ${listed(tests[threat]) || "none"}: run.mjs --fill`,
      !/^(done|in part|later|why not)\b/.test(state) && `${threat} has no state`,
      state.startsWith("done") && !names && `${threat} is done without a test`,
      state.startsWith("later") && names && `${threat} is for later, and yet it has tests`,
    ].filter(Boolean)),
  ];
}

/** Writes the names of the tests into docs/security.md. The states stay: they are for people to judge. */
function fillSecurity() {
  const tests = threatTests();
  writeFileSync(join(root, "docs/security.md"), read("docs/security.md").replace(securityRow, (_, row, threat) => `${row} ${listed(tests[threat])}${tests[threat] ? " " : ""}|`));
}

if (process.argv.includes("--fill")) {
  fillSecurity();
  files("*.md").forEach(fillIncludes);
}
for (const file of files("*.md")) {
  report(`the links of ${file}`, brokenLinks(file));
  if (read(file).search(include) >= 0) report(`the included code of ${file}`, strayIncludes(file));
  const blocks = markedBlocks(read(file));
  if (blocks.length) report(`the examples of ${file}`, await examplesThatFail(blocks).catch((fault) => [fault.stack]));
}
report("docs/security.md names every threat and its tests", securityFaults());
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
