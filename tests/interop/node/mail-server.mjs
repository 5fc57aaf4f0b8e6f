// A real mail server, which a test stops and starts: python/mail_server.py. See ../README.md.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "./browser.mjs";

/**
 * Starts it on a free port, which it keeps. `toml` points Signet at it; `mails` are those that have arrived.
 * `next(to)` waits for one and takes it out of them; `hangUp` has it take one and not say so.
 */
export async function startMailServer() {
  const program = fileURLToPath(new URL("../python/mail_server.py", import.meta.url));
  const child = spawn(process.env.INTEROP_PYTHON ?? "python3", [program], { stdio: ["pipe", "pipe", "inherit"] });
  let ended = null;
  child.once("error", (fault) => (ended = fault.message)).once("exit", (code) => (ended ??= `it ended with ${code}`));
  const [mails, answers] = [[], []];
  createInterface(child.stdout).on("line", (line) => {
    const said = JSON.parse(line);
    (said.parts ? mails : answers).push(said);
  });
  const tell = async (word) => {
    child.stdin.write(`${word}\n`);
    const answer = await eventually(() => `the mail server did not ${word}: ${ended}`, () => ended !== null || answers.shift());
    if (ended !== null) throw new Error(`the mail server did not ${word}: ${ended}`);
    return answer;
  };
  const { port } = await tell("start");
  const toml = `[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = ${port}\ntls = "none"\nfrom = "Example <no-reply@example.com>"\nreply_to = "help@example.com"`;
  const missing = (to) => () => `no mail to ${to} among ${mails.length}`;
  const next = (to) => eventually(missing(to), () => {
    const at = mails.findIndex((mail) => mail.to.includes(to));
    return at >= 0 && mails.splice(at, 1)[0];
  });
  const words = { start: () => tell("start"), stop: () => tell("stop"), hangUp: () => tell("hang-up") };
  return { toml, mails, next, ...words, end: () => child.kill() };
}
