// docs/migrate-from-better-auth.md, followed from its first line to its last, with a browser that stays signed in.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bareEnvironment, launch, runToEnd } from "../examples/harness/process.mjs";
import { freePort } from "../ports.mjs";
import { Browser } from "./harness/browser.mjs";
import { verified } from "./harness/evidence.mjs";

const PAGE = "docs/migrate-from-better-auth.md";
const ADA = { name: "Ada", email: "ada@example.com", password: "of the analytical engine", username: "ada", team: "engines" };
const person = (name) => ({ name, email: `${name.toLowerCase()}@example.com`, password: `the password of ${name}` });

/** Serves what the page begins with: its `auth.mjs`, as applications do it with Node alone. */
const SERVER = `
import { createServer } from "node:http";
import { toNodeHandler } from "better-auth/node";
import { getMigrations } from "better-auth/db/migration";
import { auth } from "./auth.mjs";
if (process.env.MIGRATE) await (await getMigrations(auth.options)).runMigrations();
createServer(toNodeHandler(auth)).listen(3000, "127.0.0.1");
`;

/** What is marked on the page, in its order: `{ act, names, code }`. */
function steps(text) {
  const marked = /^<!-- guide: (\w+)(.*?) -->$(?:\n+```\w+\n([^]*?)^```$)?/gm;
  return [...text.matchAll(marked)].map(([, act, names, code]) => ({ act, names: names.trim().split(" ").filter(Boolean), code }));
}

export default async function (t) {
  const folder = t.folder();
  const database = await t.postgres();
  const [proxyPort, betterAuthPort, signetPort, opsPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const proxy = { url: `http://localhost:${proxyPort}` };
  const secret = "a-secret-of-the-guide-Jd83kfLw0qPz71vXsNm4";

  /** The page's names, and what stands for them here. */
  let cookie = "";
  const instead = () => [
    ["https://app.example.com", proxy.url],
    ["the-secret-that-your-better-auth-has", secret],
    ["postgres://app:password@localhost/app_copy", `${database.url}_copy`],
    ["postgres://app:password@localhost/app", database.url],
    ["app_copy", `${database.name}_copy`],
    ["127.0.0.1:3000", `127.0.0.1:${betterAuthPort}`],
    ["127.0.0.1:4000", `127.0.0.1:${signetPort}`],
    ["127.0.0.1:4001", `127.0.0.1:${opsPort}`],
    // The page is about https, where the name begins so; this is http.
    ["__Secure-better-auth.session_token=THE-VALUE-IN-YOUR-BROWSER", cookie],
  ];
  const here = (text) => instead().reduce((text, [from, to]) => text.replaceAll(from, to), text);

  // Commands find the Signet that is tested, and the nginx of this test.
  const bin = join(folder, "bin");
  mkdirSync(bin);
  mkdirSync(join(folder, "temp"));
  symlinkSync(process.env.SIGNET_BIN, join(bin, "signet"));
  symlinkSync(join(t.root, "tests/takeover/node_modules"), join(folder, "node_modules"));
  writeFileSync(join(bin, "nginx"), `#!/bin/sh\nPATH=\${PATH#*:}\nexec nginx -p '${folder}' -c '${folder}/nginx.conf' -e stderr "$@"\n`);
  chmodSync(join(bin, "nginx"), 0o755);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path temp/${name};`).join(" ");
  writeFileSync(join(folder, "nginx.conf"), `
    pid nginx.pid;
    error_log stderr warn;
    events {}
    http {
      access_log off; ${temporary}
      include upstream.conf;
      server {
        listen 127.0.0.1:${proxyPort};
        location / {
          proxy_pass http://auth;
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $remote_addr;
        }
      }
    }
  `);
  writeFileSync(join(folder, "server.mjs"), SERVER.replace("3000", betterAuthPort));
  const environment = { ...bareEnvironment(), PATH: `${bin}:${process.env.PATH}`, NODE_ENV: "test", TZ: "UTC" };

  const running = new Map();
  let shell = "";
  let [nginx, known] = [0, []];
  const serve = async (name, ready, code) => {
    assert.ok(!running.has(name), `${name} runs already`);
    running.set(name, await launch(name, "bash", ["-euo", "pipefail", "-c", `${shell}${code}`], { cwd: folder, env: environment, ready }));
  };
  const stop = async (name) => {
    assert.ok(running.has(name), `${name} does not run`);
    await running.get(name).stop();
    running.delete(name);
  };
  const workers = () => readFileSync(`/proc/${nginx}/task/${nginx}/children`, "utf8").trim().split(" ");
  /** nginx has the file that it was told to read once no worker is left that was there before. */
  const reloaded = async () => {
    await t.eventually("nginx has other workers", () => workers().every((worker) => !known.includes(worker)));
    known = workers();
  };
  const at = (port) => ({ url: `http://127.0.0.1:${port}`, origin: proxy.url });
  const servers = { "better-auth": at(betterAuthPort), signet: at(signetPort) };

  // What there is before anybody reads the page: a Better Auth with users behind a proxy. A browser is signed in.
  const all = steps(readFileSync(join(t.root, PAGE), "utf8"));
  assert.ok(all.length > 30, `${all.length} steps`);
  const first = (name) => here(all.find(({ act, names }) => act === "file" && names[0] === name).code);
  for (const name of ["auth.mjs", "auth.env", "upstream.conf"]) writeFileSync(join(folder, name), first(name));
  const ready = { "better-auth": `${servers["better-auth"].url}/api/auth/ok`, nginx: `${proxy.url}/api/auth/ok` };
  let watching;
  try {
    await serve("better-auth", ready["better-auth"], "set -a; . ./auth.env; set +a; MIGRATE=1 exec node server.mjs");
    await serve("nginx", ready.nginx, "exec nginx -g 'daemon off;'");
    nginx = Number(readFileSync(join(folder, "nginx.pid"), "utf8"));
    known = workers();
    const browser = t.browser(proxy);
    await browser.signUp(ADA);
    const token = await browser.token();
    cookie = [...browser.jar].filter(([name]) => name === "better-auth.session_token").map((pair) => pair.join("="))[0];
    watching = watch(browser);

    let made = 0;
    /** What both, or the one that is left, have to do by now. */
    const checks = async (name) => {
      const asked = name === "both" ? Object.values(servers) : [servers[name]];
      const newcomer = person(`Newcomer${++made}`);
      await t.browser(proxy).signUp(newcomer);
      for (const server of asked) {
        assert.equal((await t.browser(server).signIn(ADA)).user.email, ADA.email, "Ada signs in");
        assert.equal((await t.browser(server).signIn(newcomer)).user.email, newcomer.email, "so does who came just now");
        assert.equal((await browser.copy().at(server).whoami()).user.team, ADA.team, "the browser is signed in");
        await verified({ ...server, origin: proxy.url }, token, proxy.url);
        const fresh = await browser.copy().at(server).token();
        for (const other of asked) await t.eventually("its keys are there", () => verified({ ...other, origin: proxy.url }, fresh, proxy.url).then(() => true, () => false));
      }
      for (const earlier of Array.from({ length: made }, (_, index) => person(`Newcomer${index + 1}`))) await t.browser(proxy).signIn(earlier);
    };

    for (const { act, names, code } of all) {
      const what = code ? code.trim().split("\n")[0] : names.join(" ");
      const acts = {
        file: () => writeFileSync(join(folder, names[0]), here(code)),
        shell: () => { shell += here(code); },
        run: async () => {
          const { code: status, stdout, stderr } = await runToEnd("bash", ["-euo", "pipefail", "-c", shell + here(code)], { cwd: folder, env: environment });
          assert.equal(status, 0, `${stdout}${stderr}`);
          if (names[0] === "shows") assert.ok(stdout.includes(names.slice(1).join(" ")), stdout);
          if (code.includes("-s reload")) await reloaded();
        },
        serve: () => serve(names[0], here(names[1]), here(code)),
        stop: () => stop(names[0]),
        check: () => checks(names[0]),
      };
      if (!(await t.check(`${act} ${what}`, async () => { await acts[act](); }))) return; // what follows builds on it
    }
    await t.check("the browser was signed in all the time", () => assert.deepEqual(watching.faults(), []));
    await t.check("and was asked often enough for that to say something", () => watching.asked() >= 8);
  } finally {
    await watching?.stop();
    for (const [name, peer] of [...running].reverse()) {
      await peer.stop();
      if (t.failed) console.log(`-- ${name} said:\n${peer.output()}`);
    }
    await database.query(`DROP DATABASE IF EXISTS ${database.name}_copy WITH (FORCE)`);
  }
}

/** Asks four times a second who is signed in, and notes each time that it is not who it was. */
function watch(browser) {
  const faults = [];
  let [asked, ends] = [0, false];
  const run = (async () => {
    for (; !ends; await new Promise((done) => setTimeout(done, 250))) {
      asked++;
      const found = await browser.send("GET", "/get-session").catch((fault) => ({ status: fault.message }));
      if (found.status !== 200 || found.body?.user?.email !== ADA.email) faults.push(`${found.status} ${JSON.stringify(found.body)}`);
    }
  })();
  return { faults: () => faults, asked: () => asked, stop: () => { ends = true; return run; } };
}
