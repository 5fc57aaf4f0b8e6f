// examples/nextjs, built once for every test, and started. Rewrites are part of a build, so the addresses behind them are, too.
import { join } from "node:path";

const TELEMETRY = { NEXT_TELEMETRY_DISABLED: "1" };
let building;

/** Where the built application expects Signet and the backend: `{ folder, signet, backend }`, ports. */
export function nextBuild(t) {
  building ??= build(t);
  return building;
}

async function build(t) {
  const [folder, signet, backend] = await Promise.all([t.npm("examples/nextjs"), t.port(), t.port()]);
  const env = { ...TELEMETRY, SIGNET_URL: `http://127.0.0.1:${signet}`, BACKEND_URL: `http://127.0.0.1:${backend}` };
  const { code, stdout, stderr } = await t.exec(join(folder, "node_modules/.bin/next"), ["build"], { cwd: folder, env });
  if (code !== 0) throw new Error(`next build:\n${stdout}${stderr}`);
  return { folder, signet, backend, env };
}

/** The application, listening at `http://localhost:PORT`. */
export async function nextStart(t, port, env = {}) {
  const built = await nextBuild(t);
  const url = `http://localhost:${port}`;
  const args = ["start", "--hostname", "localhost", "--port", `${port}`];
  const peer = await t.run(join(built.folder, "node_modules/.bin/next"), args, { cwd: built.folder, env: { ...built.env, ...env }, ready: url, name: "next start" });
  return { ...peer, url };
}
