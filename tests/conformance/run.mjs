// Runs scenarios against the real Better Auth (--record) or against Signet, and compares. See README.md.
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";
import { Trial } from "./lib.mjs";
import { onFreePort } from "../ports.mjs";
import { startProvider } from "./oidc.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.CONFORMANCE_HOME ? resolve(process.env.CONFORMANCE_HOME) : here;
const record = process.argv.includes("--record");
const reference = record || process.argv.includes("--reference");
const verbose = process.argv.includes("--verbose");
const redis = process.argv.includes("--redis");
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (reference && !process.env.REFERENCE_DATABASE_URL) {
  console.error("--record and --reference need REFERENCE_DATABASE_URL, e.g. postgres://postgres@127.0.0.1:5432/{db}");
  process.exit(2);
}
const deviations = [...new Set([here, home])].map((folder) => join(folder, "deviations.json")).filter(existsSync)
  .flatMap((file) => JSON.parse(readFileSync(file, "utf8")));
/** What Signet cannot do yet: a scenario's name to the capability that it waits for. The real Better Auth can do all of it. */
const laterFile = join(home, "later.json");
const later = new Map(reference || !existsSync(laterFile) ? [] : Object.entries(JSON.parse(readFileSync(laterFile, "utf8")))
  .flatMap(([capability, names]) => names.map((name) => [name, capability])));

function projectRoot() {
  const candidates = [process.env.SIGNET_PROJECT, join(here, "../.."), process.cwd(), join(process.cwd(), "..")];
  return candidates.filter(Boolean).map((path) => resolve(path)).find((path) => existsSync(join(path, "Cargo.toml")));
}

function binary() {
  if (process.env.SIGNET_BIN) return resolve(process.env.SIGNET_BIN);
  const root = projectRoot();
  const target = process.env.CARGO_TARGET_DIR ?? (root && join(root, "target"));
  const found = ["release", "debug"].map((kind) => target && join(target, kind, "signet")).filter((path) => path && existsSync(path))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
  if (!found) throw new Error("no signet binary: build it, or set SIGNET_BIN");
  return found;
}

const snake = (name) => name.replaceAll("OAuth", "Oauth").replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2").toLowerCase();
/** Tables whose keys are the user's own names, not options. */
const OWN_NAMES = ["additionalFields", "customRules", "cookies", "roles", "authorizationUrlParams", "tokenUrlParams", "refreshTokenParams", "fields"];
const bare = (key) => /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
const named = (key, parent) => bare(OWN_NAMES.includes(parent) ? key : snake(key));
const isTable = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const literal = (value, parent) => Array.isArray(value)
  ? `[${value.map((item) => literal(item)).join(", ")}]`
  : isTable(value)
    ? `{ ${Object.entries(value).map(([key, item]) => `${named(key, parent)} = ${literal(item, key)}`).join(", ")} }`
    : JSON.stringify(value);

/** Better Auth's options as Signet's TOML. */
function toToml(table, path = [], parent = undefined) {
  const entries = Object.entries(table);
  const lines = path.length ? [`[${path.join(".")}]`] : [];
  for (const [key, value] of entries) if (!isTable(value)) lines.push(`${named(key, parent)} = ${literal(value, key)}`);
  for (const [key, value] of entries) if (isTable(value)) lines.push("", toToml(value, [...path, named(key, parent)], key));
  return lines.join("\n");
}

function mailSink() {
  const mailbox = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      mailbox.push(JSON.parse(text));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done({ mailbox, server, url: `http://127.0.0.1:${server.address().port}/mail` })));
}

const postgres = promisify(execFile);

async function createDatabase(template, name) {
  if (!template.includes("{db}")) throw new Error("the database URL needs {db}: every scenario has a database of its own");
  const maintenance = ["--maintenance-db", template.replace("{db}", "postgres")];
  await postgres("createdb", [...maintenance, name]);
  return {
    url: template.replace("{db}", name),
    drop: () => postgres("dropdb", ["--force", "--if-exists", ...maintenance, name]).catch(() => {}),
  };
}

/** The profile, with the addresses of this run in the place of {origin} and {oidc}. */
function fill(profile, addresses) {
  return JSON.parse(JSON.stringify(profile).replace(/\{(origin|oidc)\}/g, (_, name) => addresses[name]));
}

async function start(template, mailUrl, oidc, port) {
  const origin = `http://127.0.0.1:${port}`;
  const profile = fill(template, { origin, oidc: oidc?.origin });
  const directory = mkdtempSync(join(tmpdir(), "conformance-"));
  const environment = { ...process.env, NO_COLOR: "1" };
  for (const name of Object.keys(environment)) if (/^(BETTER_AUTH_|SIGNET__|(DATABASE_URL|REDIS_URL|NODE_ENV|TEST|AUTH_SECRET)$)/.test(name)) delete environment[name];
  const databaseUrl = reference ? process.env.REFERENCE_DATABASE_URL : process.env.SIGNET_DATABASE_URL;
  const database = databaseUrl && !profile.stateless ? await createDatabase(databaseUrl, `conformance_${process.pid}_${port}`) : null;
  if (database) environment.DATABASE_URL = database.url;
  if (redis && !profile.stateless) environment.REDIS_URL = (!reference && process.env.SIGNET_REDIS_URL) || "memory:";
  if (redis && !reference) environment.SIGNET__SECONDARY_STORAGE__KEY_PREFIX = `conformance-${process.pid}-${port}:`; // one Redis serves all scenarios
  const site = new URL(profile.options.baseURL ?? origin);
  const basePath = profile.options.basePath ?? (site.pathname === "/" ? "/api/auth" : site.pathname);
  let command;
  if (reference) {
    const file = join(directory, "profile.json");
    writeFileSync(file, JSON.stringify(profile));
    command = [process.execPath, [join(here, "reference.mjs"), file, String(port), mailUrl]];
  } else {
    const config = {
      baseURL: origin,
      rateLimit: { enabled: false },
      ...profile.options,
      server: { bind: `127.0.0.1:${port}`, opsBind: "off" },
      mail: profile.mail ? { transport: "webhook", webhookUrl: mailUrl } : { transport: "none" },
      plugins: { jwt: { enabled: false }, ...Object.fromEntries(Object.entries(profile.plugins ?? {}).map(([name, settings]) => [name, { enabled: true, ...settings }])) },
    };
    if (profile.mailOnDelete) config.mail.deleteAccount = true;
    if (profile.stateless) config.database = { url: "none" };
    const file = join(directory, "signet.toml");
    writeFileSync(file, toToml(config));
    command = [binary(), ["serve", "--config", file]];
  }
  const child = spawn(command[0], command[1], { cwd: directory, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (part) => (output += part));
  child.stderr.on("data", (part) => (output += part));
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000))]);
      if (child.exitCode === null) child.kill("SIGKILL");
    }
    await database?.drop();
    rmSync(directory, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + 60_000; child.exitCode === null && Date.now() < deadline; ) {
    try {
      const response = await fetch(`${origin}${basePath}/ok`);
      if (response.status === 200) return { origin, basePath, siteOrigin: site.origin, stop, output: () => output };
    } catch {}
    await new Promise((done) => setTimeout(done, 50));
  }
  await stop();
  throw new Error(`the server did not come up:\n${output.slice(-2000)}`);
}

function* differences(expected, actual, path = "") {
  if (isDeepStrictEqual(expected, actual)) return;
  if (Array.isArray(expected) && Array.isArray(actual) || isTable(expected) && isTable(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) yield* differences(expected[key], actual[key], `${path}.${key}`);
    return;
  }
  yield { path, expected, actual };
}

/** The steps' differences, less those that deviations.json explains: its patterns are for the step, the path and Signet's value. */
function compare(name, golden, transcript) {
  const found = [];
  for (let index = 0; index < Math.max(golden.length, transcript.length); index++) {
    const step = golden[index]?.step ?? transcript[index]?.step;
    for (const difference of differences(golden[index], transcript[index])) {
      const excused = deviations.some((row) => !row.whole && (!row.scenario || row.scenario === name)
        && (!row.step || new RegExp(row.step).test(typeof step === "string" ? step : JSON.stringify(step)))
        && (!row.path || new RegExp(row.path).test(difference.path))
        && (!row.signet || new RegExp(row.signet).test(JSON.stringify(difference.actual))));
      if (!excused) found.push({ index, step, ...difference });
    }
  }
  return found;
}

/** Starts all that a scenario needs. */
async function prepare({ profileName }) {
  const sink = await mailSink();
  const stage = { stop: async () => sink.server.close() };
  try {
    const profile = JSON.parse(readFileSync([home, here].map((folder) => join(folder, "profiles", `${profileName}.json`)).find(existsSync), "utf8"));
    const oidc = profile.oidcProvider ? await startProvider() : undefined;
    stage.stop = async () => {
      await stage.server?.stop();
      sink.server.close();
      oidc?.stop();
    };
    stage.server = await onFreePort(undefined, (port) => start(profile, sink.url, oidc, port));
    stage.trial = new Trial({ ...stage.server, mailbox: sink.mailbox, oidc });
  } catch (fault) {
    stage.fault = fault;
  }
  return stage;
}

const topics = readdirSync(join(home, "scenarios")).filter((file) => file.endsWith(".mjs"));
const files = topics.filter((file) => !words.length || words.some((word) => topics.includes(`${word}.mjs`) ? file === `${word}.mjs` : file.includes(word))).sort();
const queue = [];
const strangers = []; // what later.json lists and nobody wrote
let missing = 0;
for (const file of files) {
  const topic = file.replace(".mjs", "");
  const folder = join(home, "golden", topic);
  const entries = (await import(join(home, "scenarios", file))).default.map(({ title, profile, run }, index) => ({
    name: `${topic}/${title}`,
    golden: join(folder, `${String(index + 1).padStart(2, "0")}-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.json`),
    profileName: profile,
    run,
  }));
  if (record && existsSync(folder)) for (const stale of readdirSync(folder)) if (!entries.some(({ golden }) => golden.endsWith(`/${stale}`))) rmSync(join(folder, stale));
  const elsewhere = entries.filter(({ name }) => !reference && deviations.some((row) => row.whole && row.scenario === name));
  for (const { name } of elsewhere) console.log(`SKIP ${name}: ${deviations.find((row) => row.whole && row.scenario === name).why}`);
  missing += elsewhere.length;
  for (const name of later.keys()) if (name.startsWith(`${topic}/`) && !entries.some((entry) => entry.name === name)) strangers.push(name);
  queue.push(...entries.filter((entry) => !elsewhere.includes(entry)));
}
for (const name of later.keys()) if (!topics.includes(`${name.split("/")[0]}.mjs`)) strangers.push(name);

let passed = 0;
let failed = strangers.length;
for (const name of strangers) console.log(`FAIL ${name}: later.json lists it, but there is no such scenario`);
let upcoming = queue.length ? prepare(queue[0]) : null;
for (const [index, { name, golden, run }] of queue.entries()) {
  const stage = await upcoming;
  upcoming = index + 1 < queue.length ? prepare(queue[index + 1]) : null; // the next server starts while this one is asked
  let { fault } = stage;
  try {
    if (!fault) await run(stage.trial);
  } catch (error) {
    fault = error;
  } finally {
    await stage.stop();
  }
  const transcript = stage.trial && JSON.parse(JSON.stringify(stage.trial.transcript));
  if (record) {
    if (fault) {
      failed++;
      console.log(`FAIL ${name}: ${fault.stack}`);
      continue;
    }
    mkdirSync(dirname(golden), { recursive: true });
    writeFileSync(golden, `${JSON.stringify(transcript, null, 1)}\n`);
    passed++;
    console.log(`recorded ${name} (${transcript.length} steps)`);
    continue;
  }
  if (!existsSync(golden)) {
    missing++;
    console.log(`SKIP ${name}: no golden transcript`);
    continue;
  }
  const found = transcript ? compare(name, JSON.parse(readFileSync(golden, "utf8")), transcript) : [];
  if (later.has(name)) {
    if (fault || found.length) {
      missing++;
      console.log(`SKIP ${name}: waits for ${later.get(name)}`);
    } else {
      failed++;
      console.log(`FAIL ${name}: it passes, so it no longer waits for ${later.get(name)}: take it off later.json`);
    }
    continue;
  }
  if (fault || found.length) {
    failed++;
    console.log(`FAIL ${name}${fault ? `: ${fault.message}` : ""}`);
    for (const { index: at, step, path, expected, actual } of found.slice(0, verbose ? 1000 : 12)) {
      console.log(`    step ${at + 1} ${JSON.stringify(step)} ${path || "(whole step)"}\n      better-auth: ${JSON.stringify(expected)}\n      ${reference ? "this time:  " : "signet:     "} ${JSON.stringify(actual)}`);
    }
    if (found.length > 12 && !verbose) console.log(`    … ${found.length - 12} more (--verbose)`);
    if (verbose && stage.server) console.log(stage.server.output().slice(-3000));
  } else {
    passed++;
    console.log(`ok   ${name}`);
  }
}
console.log(`${passed} passed, ${failed} failed, ${missing} skipped`);
process.exit(failed || (!record && passed === 0) ? 1 : 0);
