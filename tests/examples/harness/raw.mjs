// Requests as a hostile client writes them: `fetch` would tidy their paths and refuse their headers.
import { request } from "node:http";

/** Sends a target and headers as they are, and gives `{ status, headers, body }`. */
export function raw(url, target, { method = "GET", headers = {}, body } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, path: target, method, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece) => (text += piece)).on("end", () => done({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    sent.on("error", failed).end(body);
  });
}
