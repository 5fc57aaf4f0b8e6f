// Takes what Better Auth would mail.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** `{ url, mails, stop() }`: what is posted to the URL as JSON is in `mails`. */
export async function openMailbox() {
  const mails = [];
  const server = createServer(async (request, response) => {
    mails.push(await json(request));
    response.end("{}");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    mails,
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
