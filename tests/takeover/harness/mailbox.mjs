// Where the mails of both servers arrive: each posts them as JSON.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** Listens on a free port. `token(to)` waits for the next token that is mailed to somebody. */
export async function startMailbox() {
  const arrived = new Map();
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    const { to, token } = await json(request);
    response.writeHead(204).end();
    const taker = waiting.get(to)?.shift();
    if (taker) taker(token);
    else arrived.set(to, [...(arrived.get(to) ?? []), token]);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    token: (to, within = 20_000) => {
      const there = arrived.get(to)?.shift();
      if (there) return Promise.resolve(there);
      return new Promise((done, failed) => {
        const late = setTimeout(() => failed(new Error(`no mail to ${to} within ${within} ms`)), within);
        const taker = (token) => {
          clearTimeout(late);
          done(token);
        };
        waiting.set(to, [...(waiting.get(to) ?? []), taker]);
      });
    },
    stop: () => server.close().closeAllConnections(),
  };
}
