// What each test here is given: see ../README.md.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "./client.mjs";
import { freePort, onFreePort } from "../../ports.mjs";
import { bareEnvironment, launch, runToEnd, sleep } from "./process.mjs";
import { startSignet } from "./signet.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const fetched = new Map();

export class Test {
  passed = 0;
  failed = 0;
  #running = [];

  constructor(name) {
    this.name = name;
  }

  /** The project's folder. */
  root = root;
  sleep = sleep;
  port = freePort;

  /** Python, with the packages of every `requirements.txt` of the examples. */
  get python() {
    return process.env.EXAMPLES_PYTHON ?? "python3";
  }

  /** Where a line of the result goes. */
  say(line) {
    console.log(line);
  }

  /** Says whether something is so. A function fails by throwing, or by giving false. */
  async check(what, claim) {
    let fault;
    try {
      const found = typeof claim === "function" ? await claim() : await claim;
      if (typeof claim === "function" ? found === false : !found) fault = "is not so";
    } catch (thrown) {
      fault = thrown.stack;
    }
    if (fault) this.failed++;
    else this.passed++;
    this.say(fault ? `FAIL ${this.name}: ${what}: ${fault}` : `ok   ${this.name}: ${what}`);
    return !fault;
  }

  /** Looks until something is there, and gives it. */
  async eventually(what, look, { within = 30_000, every = 20 } = {}) {
    for (const deadline = Date.now() + within; Date.now() < deadline; await sleep(every)) {
      const found = await look();
      if (found) return found;
    }
    throw new Error(`${what}: not within ${within} ms`);
  }

  /** A running Signet with this configuration, ended with the test. */
  async signet(toml, options) {
    const signet = await startSignet(toml, options);
    this.#running.push(signet);
    return signet;
  }

  /** A running peer, ended with the test. `env` is added to a bare environment, `cwd` is below the project's folder. */
  async run(command, args = [], { cwd = ".", env = {}, ready, within, name = [command, ...args].map((word) => relative(root, word) || word).join(" ") } = {}) {
    const peer = await launch(name, command, args, { cwd: resolve(root, cwd), env: { ...bareEnvironment(), ...env }, ready, within });
    this.#running.push(peer);
    return peer;
  }

  /** Runs a program to its end: `{ code, stdout, stderr }`. */
  exec(command, args = [], { cwd = ".", env = {}, ...more } = {}) {
    return runToEnd(command, args, { cwd: resolve(root, cwd), env: { ...bareEnvironment(), ...env }, ...more });
  }

  /** A FastAPI application of a folder, served by uvicorn: `{ url, output, stop }`. */
  uvicorn(folder, application, { env = {}, port } = {}) {
    return onFreePort(port, (port) => this.#uvicorn(folder, application, env, port));
  }

  async #uvicorn(folder, application, env, port) {
    const url = `http://127.0.0.1:${port}`;
    const args = ["-m", "uvicorn", application, "--port", `${port}`, "--no-access-log", "--log-level", "info"];
    const peer = await this.run(this.python, args, { cwd: folder, env: { PYTHONDONTWRITEBYTECODE: "1", ...env }, ready: `${url}/`, name: `${folder} ${application}` });
    return { ...peer, url };
  }

  /** Brings the Node packages of a folder as its lock file names them, and gives the folder's path. */
  npm(folder) {
    const path = resolve(root, folder);
    if (!fetched.has(path)) fetched.set(path, fetchModules(path));
    return fetched.get(path);
  }

  /** Builds the program of a package of the workspace, and gives its path. */
  async cargo(name) {
    const { code, stdout, stderr } = await this.exec("cargo", ["build", "--locked", "--package", name, "--message-format", "json"], { within: 900_000 });
    if (code !== 0) throw new Error(`cargo build --package ${name}:\n${stderr}`);
    const messages = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const program = messages.findLast(({ executable, target }) => executable && target.name === name);
    if (!program) throw new Error(`cargo built no program ${name}`);
    return program.executable;
  }

  /** A `fetch` with a cookie jar for one site. */
  client(url) {
    return new Client(url);
  }

  /**
   * The configuration of a page: its one block after `<!-- configuration -->`, or that of a name, with what the test has to put in the place
   * of the page's addresses: `{ "http://localhost:8000": backend.url }`. Each of them has to be there.
   */
  configuration(page, instead = {}, name) {
    const text = readFileSync(join(root, page), "utf8");
    const blocks = [...text.matchAll(/^<!-- configuration(?:: (\S+))? -->\n+```toml\n([^]*?)^```$/gm)].filter(([, its]) => its === name);
    if (blocks.length !== 1) throw new Error(`${page} has ${blocks.length} blocks that are its configuration ${name ?? ""}`);
    return Object.entries(instead).reduce((toml, [from, to]) => {
      if (!toml.includes(from)) throw new Error(`the configuration of ${page} does not name ${from}`);
      return toml.replaceAll(from, to);
    }, blocks[0][2]);
  }

  /** Ends what still runs, the last first; if a check failed, says what it had to say. */
  async end() {
    for (const peer of this.#running.reverse()) {
      await peer.stop();
      if (this.failed) this.say(`-- ${peer.name ?? "signet"} said:\n${peer.output()}`);
    }
  }
}

async function fetchModules(folder) {
  const marker = join(folder, "node_modules/.package-lock.json");
  const age = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
  if (age(marker) <= age(join(folder, "package-lock.json"))) {
    const { code, stdout, stderr } = await runToEnd("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, within: 600_000 });
    if (code !== 0) throw new Error(`npm ci in ${relative(root, folder)}:\n${stdout}${stderr}`);
    // npm gives the marker the lock file's age.
    await runToEnd("touch", [marker]);
  }
  return folder;
}
