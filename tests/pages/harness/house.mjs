// A Signet with everything that its pages show.
import { randomBytes } from "node:crypto";
import { SECRET } from "../../examples/harness/signet.mjs";
import { startMailSink } from "../../interop/node/mail-sink.mjs";
import { CLIENT, SECRET as CLIENT_SECRET, startOpenIdProvider } from "../../interop/node/openid-provider.mjs";

const PROVIDER = "acme";

/**
 * Starts it, its mail sink and, with `provider`, an OpenID provider. `top`, `pages` and `more` are TOML that is added: keys, keys of
 * `[pages]`, tables. `secrets` is what no browser may get to see; `stop` ends what stands around the server, which ends with its story.
 */
export async function startHouse(story, { top = "", pages = "", more = "", provider = false } = {}) {
  const mails = await startMailSink();
  const acme = provider ? await startOpenIdProvider({ authentication: "client_secret_basic", algorithm: "ES256" }) : null;
  const token = randomBytes(24).toString("hex");
  const signet = await story.signet(`
app_name = "The Example"
${top}

[email_and_password]
enabled = true

[email_verification]
send_on_sign_up = true

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
${process.env.PAGES_FILES ? `directory = "${process.env.PAGES_FILES}"` : ""}
${pages}

${more}`);
  acme?.serve([signet.at(`/callback/${PROVIDER}`)]);
  /** Follows a mail: the link of the next one of a kind to somebody. */
  const mailed = async (kind, to) => (await mails.next(kind, to)).url;
  const secrets = [SECRET, token, /webhook_secret = "([^"]+)"/.exec(mails.toml)[1], ...(acme ? [CLIENT_SECRET] : [])];
  const stop = () => {
    mails.stop();
    acme?.stop();
  };
  return { ...signet, mails, mailed, secrets, stop };
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
