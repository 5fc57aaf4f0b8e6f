// `signet doctor verifier`, as an operator runs it against an endpoint.

/** Runs it: `{ code, accepted, should, failed, tokens }`, the names of the tokens that were accepted, and how many there were. */
export async function doctor(signet, url, ...args) {
  const { code, stdout, stderr } = await signet.command("doctor", "verifier", url, "--json", ...args);
  if (!stdout) throw new Error(`signet doctor ended with ${code}: ${stderr}`);
  const { accepted, acceptedThatShouldNot: should, failed, tokens } = JSON.parse(stdout);
  return { code, accepted, should, failed, tokens: tokens.length };
}
