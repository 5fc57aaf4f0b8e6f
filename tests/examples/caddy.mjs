// examples/caddy, started for real, with Signet before it and an application behind it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { application, checks, configuration } from "./proxies/behind.mjs";

export default async function (t) {
  const app = await application();
  const folder = mkdtempSync(join(tmpdir(), "signet-caddy-"));
  try {
    const port = await t.port();
    const proxy = `http://localhost:${port}`;
    const signet = await t.signet(configuration(proxy), { env: { BETTER_AUTH_URL: proxy } });
    const text = readFileSync(join(t.root, "examples/caddy/Caddyfile"), "utf8");
    const replaced = text
      .replaceAll("127.0.0.1:3000", `127.0.0.1:${signet.port}`)
      .replaceAll("127.0.0.1:8000", app.address)
      .replaceAll("http://localhost:8080", `http://localhost:${port}`);
    writeFileSync(join(folder, "Caddyfile"), replaced);
    const args = ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    await t.run("caddy", args, { env, ready: `http://localhost:${port}/api/auth/ok`, name: "caddy" });
    await checks(t, { proxy, signet, app });
  } finally {
    app.stop();
    await t.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
