// A backend that remembers what it was sent, and answers as its paths say.
import { createServer } from "node:http";

/**
 * `/echo/…` answers 200 with what came, `/redirect` sends elsewhere, `/cookies` tries to set some, `/stream` answers in
 * two pieces, of which the second comes when `goOn` is called. `requests` is what came.
 */
export async function recorder() {
  const requests = [];
  const streams = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() };
    requests.push(seen);
    const { pathname } = new URL(request.url, "http://backend");
    if (pathname.startsWith("/redirect")) return response.writeHead(302, { location: "https://elsewhere.example/page" }).end();
    if (pathname.startsWith("/cookies")) response.setHeader("set-cookie", ["better-auth.session_token=planted; Path=/", "__Secure-better-auth.session_token=planted; Path=/; Secure"]);
    if (pathname.startsWith("/stream")) {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
      streams.push(response);
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ url: request.url, body: seen.body }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, requests, goOn: () => streams.splice(0).forEach((stream) => stream.end("data: two\n\n")), stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}
