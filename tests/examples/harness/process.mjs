// Peers: processes that are started, waited for until they answer, and ended with all their children.
import { spawn } from "node:child_process";
import { once } from "node:events";

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** The environment, less what would configure a server here. */
export function bareEnvironment() {
  const configures = /^(BETTER_AUTH_.*|SIGNET__.*|DATABASE_URL|REDIS_URL|PORT|HOST|NODE_ENV)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configures.test(name)));
}

const colours = /\x1b\[[0-9;]*m/g;

/**
 * Starts a process in a group of its own and waits until it is ready: until a URL answers, whatever it answers, or its
 * output fits a pattern. Gives `{ output, ended, stop }`.
 */
export async function launch(name, command, args, { cwd, env, ready, within = 60_000 } = {}) {
  const child = spawn(command, args, { cwd, env: env ?? bareEnvironment(), stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = new Promise((done) => {
    child.once("error", (fault) => { output += `${fault}\n`; done(null); }).once("exit", done);
  }).then((code) => { hasEnded = true; return code; });
  const signal = (word) => {
    try {
      if (child.pid) process.kill(-child.pid, word);
    } catch (fault) {
      if (fault.code !== "ESRCH") throw fault;
    }
  };
  const stop = async () => {
    signal("SIGTERM");
    const deadline = setTimeout(() => signal("SIGKILL"), 5000);
    await ended;
    clearTimeout(deadline);
    signal("SIGKILL"); // children that outlived it
  };
  const isReady = async () => {
    if (!ready) return true;
    if (ready instanceof RegExp) return ready.test(output.replace(colours, ""));
    return fetch(ready, { redirect: "manual", signal: AbortSignal.timeout(2000) }).then((answer) => answer.body?.cancel().then(() => true) ?? true, () => false);
  };
  for (const deadline = Date.now() + within; !(await isReady()); await sleep(50)) {
    if (!hasEnded && Date.now() < deadline) continue;
    await stop();
    throw new Error(`${name} did not come up:\n${output}`);
  }
  return { name, pid: child.pid, output: () => output, ended, stop };
}

/** Runs a program to its end, however it ends: `{ code, stdout, stderr }`. */
export async function runToEnd(command, args, { cwd, env, input = "", within = 120_000 } = {}) {
  const child = spawn(command, args, { cwd, env: env ?? bareEnvironment(), stdio: ["pipe", "pipe", "pipe"], detached: true });
  const deadline = setTimeout(() => process.kill(-child.pid, "SIGKILL"), within);
  try {
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
    child.stdin.on("error", () => {}).end(input); // a program that ends early says so by its code
    const [code] = await once(child, "close");
    return { code, ...said };
  } finally {
    clearTimeout(deadline);
  }
}
