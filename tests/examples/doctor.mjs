// `signet doctor verifier`: the examples accept nothing hostile, and what is wrong with the others is found.
import assert from "node:assert/strict";
import { doctor } from "./harness/doctor.mjs";

const secret = "a-secret-that-the-services-share-with-the-server";

export default async function (t) {
  const signet = await t.signet(`
[email_and_password]
enabled = true

[plugins.jwt.jwt]
audience = "tasks"

[plugins.jwt.templates.p256]
algorithm = "ES256"
audience = "tasks"

[plugins.jwt.templates.other]
audience = "somebody-else"

[plugins.jwt.templates.shared]
algorithm = "HS256"
secret = "${secret}"
audience = "tasks"

[plugins.jwt.templates.bridge]
algorithm = "HS256"
secret = "${secret}"
audience = false
`);
  const env = { AUTH_ISSUER: signet.url, AUTH_AUDIENCE: "tasks", AUTH_SECRET: secret };
  const actix = await t.port();
  await t.run(await t.cargo("actix-resource-server"), [], { env: { ...env, BIND: `127.0.0.1:${actix}` }, ready: `http://127.0.0.1:${actix}/` });
  const jwks = await t.uvicorn("examples/fastapi-jwks", "main:app", { env });
  const hs256 = await t.uvicorn("examples/fastapi-hs256", "main:app", { env });
  const bridge = await t.uvicorn("examples/fastapi-hs256", "main:app", { env: { ...env, AUTH_AUDIENCE: "" } });
  /** What Python's JSON makes of a name that comes twice: the last one counts. Only who holds the key can send that. */
  const python = ["sub-twice"];
  const sound = [
    ["fastapi-jwks", jwks.url, [], python],
    ["fastapi-hs256", hs256.url, ["--template", "shared"], python],
    ["fastapi-hs256 without an audience", bridge.url, ["--template", "bridge"], python],
    ["actix-resource-server", `http://127.0.0.1:${actix}`, [], []],
    ["actix-resource-server with ES256", `http://127.0.0.1:${actix}`, ["--template", "p256"], []],
  ];
  for (const [who, url, args, known] of sound) {
    await t.check(`${who} accepts nothing hostile`, async () => {
      const { code, accepted, should, failed, tokens } = await doctor(signet, `${url}/tasks`, ...args);
      assert.deepEqual({ code, accepted, should, failed }, { code: 0, accepted: [], should: known, failed: [] });
      assert.ok(tokens > 50, `${tokens} tokens`);
    });
  }

  await t.check("each fault of the naive verifier is found", async () => {
    const naive = await t.uvicorn("tests/examples/naive", "main:app", { env: { AUTH_JWKS_URL: signet.at("/jwks") } });
    const { code, accepted, should } = await doctor(signet, `${naive.url}/tasks`);
    assert.equal(code, 1);
    const faults = [
      "alg-none", "alg-nOnE", "hs256-public-key-pem", "jwk-header", "aud-wrong", "aud-missing", "iss-wrong", "iss-missing",
      "exp-missing", "nbf-future", "crit-unknown", "template-other",
    ];
    assert.deepEqual(faults.filter((name) => !accepted.includes(name)), []);
    assert.deepEqual(["sub-missing", "typ-other", "exp-1e300"].filter((name) => !should.includes(name)), []);
    const sound = ["foreign-key", "payload-altered", "exp-past", "signature-empty"];
    assert.deepEqual(sound.filter((name) => accepted.includes(name)), []);
  });
  await t.check("so are those of python-jose as documents use it", async () => {
    const found = await t.uvicorn("tests/examples/as-written", "main:app", { env: { JWT_SECRET: secret } });
    const { code, accepted } = await doctor(signet, `${found.url}/tasks`, "--template", "bridge");
    assert.equal(code, 1);
    assert.deepEqual(["exp-missing", "iss-wrong", "iss-missing", "crit-unknown"].filter((name) => !accepted.includes(name)), []);
  });
  await t.check("of an endpoint that takes no good token nothing is said", async () => {
    const { code } = await signet.command("doctor", "verifier", `${jwks.url}/tasks`, "--template", "other");
    assert.equal(code, 2);
  });
}
