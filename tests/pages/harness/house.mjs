// A Signet with everything that its pages show.
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SECRET } from "../../examples/harness/signet.mjs";
import { startMailSink } from "../../interop/node/mail-sink.mjs";
import { CLIENT, SECRET as CLIENT_SECRET, startOpenIdProvider } from "../../interop/node/openid-provider.mjs";

const PROVIDER = "acme";

/**
 * Starts it, its mail sink and, with `provider`, an OpenID provider. `top`, `pages` and `more` are TOML that is added: keys, keys of
 * `[pages]`, tables; `passwords` and `verification` are the keys of `[email_and_password]` and `[email_verification]`. Its pages are
 * below `base`, and `files`, `{ "assets/theme.css": text }`, stand in for those that are built in. `secrets` is what no browser may
 * get to see; `stop` ends what stands around the server, which ends with its story.
 */
export async function startHouse(story, { top = "", passwords = "enabled = true", verification = "send_on_sign_up = true", pages = "", base = "", files, more = "", provider = false } = {}) {
  const mails = await startMailSink();
  const acme = provider ? await startOpenIdProvider({ authentication: "client_secret_basic", algorithm: "ES256" }) : null;
  const folder = files ? ownFiles(files) : process.env.PAGES_FILES;
  const token = randomBytes(24).toString("hex");
  const signet = await story.signet(`
app_name = "The Example"
${top}

[email_and_password]
${passwords}

[email_verification]
${verification}

[user.change_email]
enabled = true

[user.delete_user]
enabled = true

[admin]
tokens = ["${token}"]

[plugins.jwt]
enabled = true

[plugins.admin]
enabled = true
${acme ? openId(acme.issuer) : ""}
${mails.toml}

[pages]
${folder ? `directory = "${folder}"` : ""}
${base ? `base_path = "${base}"` : ""}
${pages}

${more}`);
  acme?.serve([signet.at(`/callback/${PROVIDER}`)]);
  /** Follows a mail: the link of the next one of a kind to somebody. */
  const mailed = async (kind, to) => (await mails.next(kind, to)).url;
  const secrets = [SECRET, token, /webhook_secret = "([^"]+)"/.exec(mails.toml)[1], ...(acme ? [CLIENT_SECRET] : [])];
  const stop = () => {
    mails.stop();
    acme?.stop();
    if (files) rmSync(folder, { recursive: true, force: true });
  };
  return { ...signet, base, acme, mails, mailed, secrets, stop };
}

/** A folder of the operator's own files, beside those that are looked at by hand. */
function ownFiles(files) {
  const folder = mkdtempSync(join(tmpdir(), "signet-pages-"));
  if (process.env.PAGES_FILES) cpSync(process.env.PAGES_FILES, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const openId = (issuer) => `
[plugins.generic_oauth]
enabled = true

[[plugins.generic_oauth.config]]
provider_id = "${PROVIDER}"
client_id = "${CLIENT}"
client_secret = "${CLIENT_SECRET}"
discovery_url = "${issuer}/.well-known/openid-configuration"
authentication = "basic"
scopes = ["openid", "profile", "email"]
`;
