import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { claimsOf } from "./auth.mjs";

// region hono
const signedIn = createMiddleware(async (c, next) => {
  let claims;
  try {
    claims = await claimsOf(c.req.header("authorization"));
  } catch (fault) {
    console.error(fault.message);
    return c.json({ message: "try again" }, 503, { "retry-after": "5" });
  }
  if (!claims) return c.json({ message: "unauthorized" }, 401, { "www-authenticate": "Bearer" });
  c.set("claims", claims);
  await next();
});

const app = new Hono();
app.get("/me", signedIn, (c) => {
  const { sub, roles } = c.get("claims");
  return c.json({ id: sub, roles: roles ?? [] });
});
// endregion hono

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3003), hostname: process.env.HOST ?? "127.0.0.1" });
