// Ports for servers that have to be told theirs before they run.
import { createServer } from "node:net";

/** Below those that a system gives to whoever connects or asks for any port, so that nobody comes upon these by chance. */
const [FIRST, COUNT] = [20_000, 12_000];
const TRIES = 5;

/** Programs that run at the same time begin at different places, and all go on port by port. */
let next = (process.pid * 131) % COUNT;

/** A free port that was not handed out before: whoever has one may not listen yet. */
export async function freePort() {
  for (let left = COUNT; left > 0; left--) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port of ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

const isFree = (port) => new Promise((done) => {
  const probe = createServer().once("error", () => done(false)).listen(port, "127.0.0.1", () => probe.close(() => done(true)));
});

/** Starts something on this port or, if none is given, on a free one: on another one where somebody was faster. */
export async function onFreePort(port, start) {
  if (port) return start(port);
  for (let left = TRIES; ; left--) {
    try {
      return await start(await freePort());
    } catch (fault) {
      if (left === 1 || !/EADDRINUSE|in use/i.test(fault.message)) throw fault;
    }
  }
}
