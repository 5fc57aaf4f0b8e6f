// Ports that somebody else may take between the choice and the use.
import { freePort } from "../../examples/harness/process.mjs";

const TRIES = 5;

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
