// An application that takes mails by webhook: it checks each with the Standard Webhooks library, and shows it to the test.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { eventually } from "./browser.mjs";

const SECRET = `whsec_${Buffer.from("a secret of the mail sink").toString("base64")}`;

/** Starts it on a free port. `toml` points Signet at it; `next(kind, to)` waits for a mail and takes it out of `mails`. */
export async function startMailSink() {
  const verifier = new Webhook(SECRET);
  const mails = [];
  const faults = [];
  const server = createServer(async (request, response) => {
    try {
      mails.push(verifier.verify(await text(request), request.headers));
      response.writeHead(204).end();
    } catch (fault) {
      faults.push(fault.stack);
      response.writeHead(400).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const toml = `[mail]\ntransport = "webhook"\nwebhook_url = "http://127.0.0.1:${server.address().port}/"\nwebhook_secret = "${SECRET}"`;
  const missing = (kind, to) => () => `no mail ${kind} to ${to}, but ${JSON.stringify(mails)} and faults ${faults}`;
  const next = (kind, to) => eventually(missing(kind, to), () => {
    const at = mails.findIndex((mail) => mail.kind === kind && mail.to === to);
    return at >= 0 && mails.splice(at, 1)[0];
  });
  return { toml, next, mails, faults, stop: () => server.close().closeAllConnections() };
}
