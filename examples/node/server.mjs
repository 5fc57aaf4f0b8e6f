import { createServer } from "node:http";
import { claimsOf } from "./auth.mjs";

// region server
const server = createServer(async (request, response) => {
  const answer = (status, body, headers = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  try {
    if (request.url !== "/me") return answer(404, { message: "not found" });
    const claims = await claimsOf(request.headers.authorization);
    if (!claims) return answer(401, { message: "unauthorized" }, { "www-authenticate": "Bearer" });
    answer(200, { id: claims.sub, roles: claims.roles ?? [] });
  } catch (fault) {
    console.error(fault.message);
    answer(503, { message: "try again" }, { "retry-after": "5" });
  }
});
// endregion server

server.listen(Number(process.env.PORT ?? 3003), process.env.HOST ?? "127.0.0.1");
