// One address before several servers: each request goes to the next one.
import { createServer, Agent, request as send } from "node:http";
import { freePort } from "../../ports.mjs";

/** Listens, and hands requests on once `behind(url, …)` has said to whom; `counts` says how many each of them was sent. */
export async function startRoundRobin() {
  const agent = new Agent({ keepAlive: true });
  const port = await freePort();
  let targets = [];
  let next = 0;
  const counts = new Map();
  const server = createServer((incoming, outgoing) => {
    const target = targets[next++ % targets.length];
    counts.set(target, (counts.get(target) ?? 0) + 1);
    const { hostname, port } = new URL(target);
    const { method, url: path, headers } = incoming;
    const passed = send({ agent, hostname, port, method, path, headers: { ...headers, "x-forwarded-for": "127.0.0.1" } }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders).on("close", () => answer.destroy());
      answer.pipe(outgoing);
    });
    passed.on("error", (fault) => outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end(fault.message));
    incoming.pipe(passed);
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    behind: (...urls) => {
      targets = urls;
      counts.clear();
    },
    stop: async () => {
      server.close().closeAllConnections();
      agent.destroy();
    },
  };
}
