// What the Node verifiers share: they are given a case on standard input, and print a check a line. See ../README.md.
import { text } from "node:stream/consumers";

/**
 * Runs a verifier over the case. `verify(token, { jwks, issuer, audience })` gives the claims or throws, and
 * `isRefusal(fault)` tells its refusals from a fault of another kind, which is no proof of anything.
 */
export async function runVerifier(name, verify, isRefusal) {
  const { token, altered, ...expected } = JSON.parse(await text(process.stdin));
  const report = (passed, what, why = "") => {
    console.log(`${passed ? "ok  " : "FAIL"} ${name}: ${what}${passed ? "" : `: ${why}`}`);
    if (!passed) process.exitCode = 1;
  };
  const refuses = async (what, token, expected) => {
    try {
      await verify(token, expected);
      report(false, what, "it was accepted");
    } catch (fault) {
      report(isRefusal(fault), what, fault.stack);
    }
  };
  try {
    const claims = await verify(token, expected);
    report(claims.email === "ada@example.com", "verifies a token", `claims ${JSON.stringify(claims)}`);
  } catch (fault) {
    report(false, "verifies a token", fault.stack);
  }
  for (const [change, token] of Object.entries(altered)) await refuses(`refuses a token ${change}`, token, expected);
  await refuses("refuses a token for another audience", token, { ...expected, audience: "https://elsewhere.example.com" });
  await refuses("refuses a token of another issuer", token, { ...expected, issuer: "https://elsewhere.example.com" });
}
