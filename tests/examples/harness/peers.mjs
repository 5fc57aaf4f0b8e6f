// The examples in TypeScript, built and started.
import { connect } from "node:net";
import { join } from "node:path";

/** Each is built once. */
const built = new Map();

async function compiled(t, folder) {
  if (!built.has(folder)) built.set(folder, compile(t, await t.npm(folder)));
  return built.get(folder);
}

async function compile(t, folder) {
  const { code, stdout, stderr } = await t.exec(join(folder, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
  if (code !== 0) throw new Error(`tsc in ${folder}:\n${stdout}${stderr}`);
  return folder;
}

/** `examples/nestjs`, listening: `{ url }`. */
export const nestjs = (t, env) => started(t, "examples/nestjs", env, "/health");

/** `examples/hono-bff`, listening at a port that its own address may name: `{ url }`. */
export const honoBff = (t, env) => started(t, "examples/hono-bff", env, "/");

async function started(t, folder, { PORT, ...env }, page) {
  const port = PORT ?? (await t.port());
  const url = `http://127.0.0.1:${port}`;
  const peer = await t.run("node", ["dist/main.js"], { cwd: await compiled(t, folder), env: { PORT: `${port}`, ...env }, ready: url + page, name: folder });
  return { ...peer, url };
}

/** A Redis that keeps nothing on disk: `{ url, flush }`. */
export async function redis(t) {
  const port = await t.port();
  const peer = await t.run("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], { ready: /Ready to accept connections/, name: "redis" });
  const flush = () => new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("FLUSHALL\r\n"));
    socket.once("data", () => socket.end(done)).once("error", failed);
  });
  return { ...peer, url: `redis://127.0.0.1:${port}`, flush };
}
