// Runs checks against a Signet that a program starts for itself. See ../README.md.
import { startSignet } from "../server.mjs";

/** Its log is shown if anything failed. */
export async function withSignet(configuration, run) {
  const signet = await startSignet(configuration);
  try {
    await run(signet);
  } catch (fault) {
    console.log(`FAIL ${fault.stack}`);
    process.exitCode = 1;
  } finally {
    await signet.stop();
    if (process.exitCode) console.error(signet.output());
  }
}
