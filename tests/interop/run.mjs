// Signet as others meet it: the official client, and verifiers that know nothing but the JWKS URL. See README.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { altered } from "./altered.mjs";
import { SECRET, startSignet } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const python = process.env.INTEROP_PYTHON ?? "python3";
const node = (file) => [process.execPath, join(here, "node", file)];
const py = (file) => [python, join(here, "python", file)];

const every = [node("verify-jose.mjs"), py("verify_pyjwt.py"), py("verify_joserfc.py")];
const jsonwebtoken = node("verify-jsonwebtoken.mjs");

/** Each ring of keys with the verifiers that know its algorithm. */
const servers = [
  { algorithm: "EdDSA", verifiers: every },
  ...["ES256", "ES512", "RS256", "PS256"].map((algorithm) => ({ algorithm, verifiers: [...every, jsonwebtoken] })),
];

let passed = 0;
let failed = 0;

/** Runs a program, passes its checks on, counts them, and gives its other lines. */
async function checks([command, file], { title, input = "", environment = {} } = {}) {
  const child = spawn(command, [file], { env: { ...process.env, ...environment }, stdio: ["pipe", "pipe", "inherit"] });
  const started = once(child, "spawn");
  child.stdin.on("error", () => {}).end(input); // a child that ends early says so by its exit code
  await started;
  const [lines, [code]] = await Promise.all([text(child.stdout).then((all) => all.split("\n")), once(child, "exit")]);
  const good = lines.filter((line) => line.startsWith("ok ")).length;
  const bad = lines.filter((line) => line.startsWith("FAIL ")).length;
  const rest = lines.filter((line) => line.startsWith("token "));
  if (title) console.log(`-- ${title}`);
  for (const line of lines) if (!rest.includes(line) && line) console.log(line);
  passed += good;
  failed += bad;
  if (bad === 0 && (code !== 0 || good === 0)) {
    failed++;
    console.log(`FAIL ${file} ended with ${code} after ${good} checks`);
  }
  return rest;
}

/** Runs what is to be checked against a fresh server of this configuration. */
async function against(name, more, check) {
  console.log(`-- ${name}`);
  const before = failed;
  let signet;
  try {
    signet = await startSignet({ more });
    await check(signet);
  } catch (fault) {
    failed++;
    console.log(`FAIL ${name}: ${fault.stack}`);
  } finally {
    await signet?.stop();
    if (signet && failed > before) console.log(signet.output());
  }
}

/** Runs programs that start their own servers, at the same time. */
const programs = (...files) => Promise.all(files.map((file) => checks(node(file), { title: file })));

const slow = programs("mail-outage.mjs", "smtp.mjs"); // they mostly wait
for (const { algorithm, verifiers } of servers) {
  await against(algorithm, `[plugins.jwt.jwks.key_pair_config]\nalg = "${algorithm}"`, async (signet) => {
    const [line] = await checks(node("client.mjs"), { environment: { SIGNET_URL: signet.origin } });
    const token = line?.slice("token ".length);
    const signedWith = token?.includes(".") ? JSON.parse(Buffer.from(token.split(".")[0], "base64url")).alg : "nothing";
    if (signedWith !== algorithm) throw new Error(`a token signed with ${algorithm} was expected, not ${signedWith}`);
    const input = JSON.stringify({ jwks: `${signet.origin}/api/auth/jwks`, issuer: signet.origin, audience: signet.origin, token, altered: altered(token) });
    for (const verifier of verifiers) await checks(verifier, { input });
    const { keys } = await (await fetch(`${signet.origin}/api/auth/jwks`)).json();
    await checks(py("read_keys.py"), { input: JSON.stringify({ database: signet.database, secret: SECRET, keys }) });
  });
}
for (const strategy of ["compact", "jwt", "jwe"]) {
  const more = `[session.cookie_cache]\nenabled = true\nstrategy = "${strategy}"`;
  await against(`cookie cache, ${strategy}`, more, async (signet) => {
    const environment = { SIGNET_URL: signet.origin, SIGNET_SECRET: SECRET, STRATEGY: strategy };
    await checks(node("cookie-cache.mjs"), { environment });
  });
}
await checks(py("read_vectors.py"), { title: "the vectors of Better Auth" });
await programs("formats.mjs", "mailed-links.mjs", "sessions.mjs", "accounts.mjs", "token-api.mjs", "admin.mjs");
await slow;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
