// Starts `signet serve` afresh: an empty folder, a free port, a small configuration. See README.md.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onFreePort } from "../ports.mjs";

/** The environment, less what would configure the server. */
function bareEnvironment() {
  const configures = /^(BETTER_AUTH_.*|SIGNET__.*|DATABASE_URL|REDIS_URL)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configures.test(name)));
}

/** The secret of every server here. */
export const SECRET = "interop-secret-of-at-least-32-characters";

/** A running server. `top` and `more` are TOML that is added to the configuration, keys and tables; `host` is the name in its own address. */
export const startSignet = (options = {}) => onFreePort(options.port, (port) => startOn({ ...options, port }));

async function startOn({ top = "", more = "", host = "127.0.0.1", port }) {
  if (!process.env.SIGNET_BIN) throw new Error("SIGNET_BIN must name the server's binary");
  const origin = `http://${host}:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "signet-interop-"));
  const config = join(folder, "signet.toml");
  writeFileSync(config, `
base_url = "${origin}"
secret = "${SECRET}"
${top}

[server]
bind = "127.0.0.1:${port}"
ops_bind = "off"

[email_and_password]
enabled = true

[plugins.jwt]
enabled = true

${more}
`);
  let output = "";
  let running;
  const start = async () => {
    running = launch(config, (text) => (output += text));
    for (const deadline = Date.now() + 60_000; !running.ended && Date.now() < deadline;) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/auth/ok`).catch(() => null);
      if (answer?.status === 200) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    await stop();
    throw new Error(`signet serve did not come up:\n${output}`);
  };
  /** Ends it as a fault of the machine would, and leaves its folder for another `start`. */
  const crash = () => running.end("SIGKILL");
  const stop = async () => {
    await running.end("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return { origin, folder, database: join(folder, "signet-data/signet.db"), start, crash, stop, output: () => output };
}

/** A process of it. */
function launch(config, say) {
  const child = spawn(process.env.SIGNET_BIN, ["serve", "--config", config], { cwd: dirname(config), env: bareEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  const launched = { ended: false };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", say);
  const end = new Promise((done) => child.once("error", (fault) => { say(fault); done(); }).once("exit", done)).then(() => (launched.ended = true));
  launched.end = async (signal) => {
    child.kill(signal);
    const deadline = setTimeout(() => child.kill("SIGKILL"), 5000);
    await end;
    clearTimeout(deadline);
  };
  return launched;
}
