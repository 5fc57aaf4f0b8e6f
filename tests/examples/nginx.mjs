// examples/nginx, started for real, with Signet before it and an application behind it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { application, checks, configuration } from "./proxies/behind.mjs";

export default async function (t) {
  const app = await application();
  const folder = mkdtempSync(join(tmpdir(), "signet-nginx-"));
  try {
    const port = await t.port();
    const proxy = `http://localhost:${port}`;
    const signet = await t.signet(configuration(proxy), { env: { BETTER_AUTH_URL: proxy } });
    cpSync(join(t.root, "examples/nginx"), folder, { recursive: true });
    const text = readFileSync(join(folder, "app.conf"), "utf8");
    const replaced = text
      .replace("127.0.0.1:3000", `127.0.0.1:${signet.port}`)
      .replace("127.0.0.1:8000", app.address)
      .replace("127.0.0.1:8080", `127.0.0.1:${port}`);
    writeFileSync(join(folder, "app.conf"), replaced);
    mkdirSync(join(folder, "temp"));
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path temp/${name};`);
    writeFileSync(join(folder, "nginx.conf"), `
      daemon off;
      pid nginx.pid;
      error_log stderr warn;
      events {}
      http { access_log off; ${temporary.join(" ")} include app.conf; }
    `);
    const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
    await t.run("nginx", args, { ready: `http://127.0.0.1:${port}/api/auth/ok`, name: "nginx" });
    await checks(t, { proxy, signet, app });
  } finally {
    app.stop();
    await t.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
