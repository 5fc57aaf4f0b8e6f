// Where the mails of both servers arrive: each posts them as JSON.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** `{ url, mails, token(to), stop() }`: what is posted to the URL is in `mails`; `token` waits for the next one to somebody. */
export async function openMailbox() {
  const mails = [];
  const arrived = new Map();
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    const mail = await json(request);
    mails.push(mail);
    const { to, token } = mail;
    response.writeHead(204).end();
    const taker = waiting.get(to)?.shift();
    if (taker) taker(token);
    else arrived.set(to, [...(arrived.get(to) ?? []), token]);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    mails,
    url: `http://127.0.0.1:${server.address().port}/`,
    token: (to, within = 60_000) => {
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
