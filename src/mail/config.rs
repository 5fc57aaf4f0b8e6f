//! `[mail]`.

use std::path::PathBuf;

use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use toml::Value;
use url::Url;

use super::template::Templates;
use crate::base::text::place::is_loopback;
use crate::config::{Given, Section, Unset};
use crate::crypto::WebhookSigner;

/// How mails leave.
#[derive(Clone, Debug)]
pub struct MailConfig {
    pub transport: Transport,
    /// Whether the end of an account is confirmed by mail.
    pub delete_account: bool,
    pub templates: Templates,
}

/// The way that mails take.
#[derive(Clone, Debug)]
pub enum Transport {
    /// No mail is sent, and what needs mail is off.
    None,
    /// Mails are lines of the log, with their links.
    Log,
    Smtp(SmtpConfig),
    /// An application sends them.
    Webhook {
        url: Url,
        signer: Option<WebhookSigner>,
    },
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub credentials: Option<(String, SecretString)>,
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte: port 465.
    Tls,
    /// After STARTTLS, without which nothing is sent: port 587.
    StartTls,
    /// After STARTTLS where the server has it.
    Opportunistic,
    /// Never.
    None,
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Smtp,
    Webhook,
    Log,
}

impl MailConfig {
    /// Reads `[mail]`.
    pub fn read(root: &mut Section<'_>, production: bool) -> Self {
        let mut section = root.table("mail");
        let kinds = [("none", Kind::None), ("smtp", Kind::Smtp), ("webhook", Kind::Webhook), ("log", Kind::Log)];
        let doc = "How mails are sent: by a mail server, by your application, to the log (for trying out), or not at all; then all that needs mail is off.";
        let kind = section.choice("transport", &kinds, &[], doc);
        let smtp = smtp(&mut section, matches!(kind, Kind::Smtp));
        let webhook = webhook(&mut section, matches!(kind, Kind::Webhook));
        let doc = "Deleting an account is confirmed by mail.";
        let delete_account = section.bool("delete_account", false, doc);
        if matches!(kind, Kind::Log) && production {
            section.warn("transport", "writes links into the log that sign in whoever reads it");
        }
        if matches!(kind, Kind::None) && delete_account {
            section.refuse("delete_account", "needs mail; set `transport`");
        }
        let transport = match kind {
            Kind::Log => Some(Transport::Log),
            Kind::Smtp => smtp.map(Transport::Smtp),
            Kind::Webhook => webhook.map(|(url, signer)| Transport::Webhook { url, signer }),
            Kind::None => None,
        };
        Self { transport: transport.unwrap_or(Transport::None), delete_account, templates: templates(&mut section) }
    }

    /// Whether mail is sent.
    pub fn is_on(&self) -> bool {
        !matches!(self.transport, Transport::None)
    }
}

fn smtp(section: &mut Section<'_>, wanted: bool) -> Option<SmtpConfig> {
    let unset = "required for `smtp`";
    let from = section.ask(
        "from",
        "address",
        Unset::Says(unset),
        "Whom mails are from: `\"Name <name@example.com>\"`.",
        mailbox,
    );
    let doc = "Whom answers go to.";
    let reply_to = section.ask("reply_to", "address", Unset::Says("the sender"), doc, mailbox);
    let doc = "The mail server in one: `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://` for TLS from the first byte.";
    let url = section.secret("smtp_url", "`host` and its neighbours", doc);
    let server = url.and_then(|url| server_of(&url).map_err(|fault| section.refuse("smtp_url", fault)).ok());
    let host = section.optional_text("host", unset, "The mail server.");
    let doc = "Its port.";
    let port = section.optional_integer("port", "587, or 465 for `tls = \"tls\"`", 1..=65_535, doc);
    let user = section.optional_text("username", "none", "The name to sign in with there.");
    let password = section.secret("password", "none", "The password to sign in with there.");
    let words =
        [("starttls", Tls::StartTls), ("tls", Tls::Tls), ("opportunistic", Tls::Opportunistic), ("none", Tls::None)];
    let doc =
        "TLS to the mail server: after STARTTLS, from the first byte, after STARTTLS where it is offered, or never.";
    let tls = section.choice("tls", &words, &[], doc);
    if !wanted {
        return None;
    }
    if from.is_none() && !section.has("from") {
        section.refuse("from", "is missing; write whom mails are from, like \"Example <no-reply@example.com>\"");
    }
    if user.is_some() != password.is_some() {
        section.refuse("username", "and `password` belong together; set both, or neither");
    }
    let server = server.or_else(|| {
        let port = port.and_then(|port| u16::try_from(port).ok());
        let port = port.unwrap_or(if tls == Tls::Tls { 465 } else { 587 });
        Some(Server { host: host?, port, tls, credentials: user.zip(password) })
    });
    if server.is_none() && !section.has("smtp_url") && !section.has("smtp_url_file") {
        section.refuse("host", "is missing; write the mail server's name");
    }
    let Server { host, port, tls, credentials } = server?;
    if credentials.is_some() && matches!(tls, Tls::None | Tls::Opportunistic) && !is_loopback(&host) {
        section.warn("tls", "lets the password for the mail server be read on its way; use \"starttls\" or \"tls\"");
    }
    Some(SmtpConfig { host, port, tls, credentials, from: from?, reply_to })
}

struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<(String, SecretString)>,
}

fn server_of(url: &SecretString) -> Result<Server, String> {
    const WANTED: &str = "must be like \"smtp://USER:PASSWORD@HOST:587\" or \"smtps://HOST\"";
    let url = Url::parse(url.expose_secret()).map_err(|_| WANTED)?;
    let tls = match url.scheme() {
        "smtp" => Tls::StartTls,
        "smtps" => Tls::Tls,
        _ => return Err(WANTED.to_owned()),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(WANTED)?.to_owned();
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().map(String::from);
    let user = plain(url.username()).map_err(|_| WANTED)?;
    let password = url.password().map(plain).transpose().map_err(|_| WANTED)?;
    let credentials = (!user.is_empty()).then(|| (user, SecretString::from(password.unwrap_or_default())));
    // A server on this machine has no certificate.
    let tls = if tls == Tls::StartTls && is_loopback(&host) { Tls::Opportunistic } else { tls };
    let port = url.port().unwrap_or(if tls == Tls::Tls { 465 } else { 587 });
    Ok(Server { host, port, tls, credentials })
}

fn webhook(section: &mut Section<'_>, wanted: bool) -> Option<(Url, Option<WebhookSigner>)> {
    let doc = "Where your application takes mails to send: each is posted as JSON.";
    let url = section.webhook("webhook_url", "required for `webhook`", doc);
    let doc = "Signs what is posted, by the Standard Webhooks scheme.";
    let secret = section.secret("webhook_secret", "none; required unless the URL is this machine's", doc);
    let signer = secret.and_then(|secret| match WebhookSigner::new(&secret) {
        Ok(signer) => Some(signer),
        Err(fault) => {
            section.refuse("webhook_secret", fault);
            None
        }
    });
    if !wanted {
        return None;
    }
    let Some(url) = url else {
        if !section.has("webhook_url") {
            section.refuse("webhook_url", "is missing; write where your application takes mails");
        }
        return None;
    };
    let there = section.has("webhook_secret") || section.has("webhook_secret_file");
    if !there && !url.host_str().is_some_and(is_loopback) {
        let text = "is missing; anybody could post to your application without it; make one with `signet secret`";
        section.refuse("webhook_secret", text);
    }
    Some((url, signer))
}

fn templates(section: &mut Section<'_>) -> Templates {
    let doc = "A folder with templates of your own, `verification.txt`, `verification.html` and so on; what it lacks is built in.";
    let folder = section.optional_text("templates", "the built-in ones", doc).map(PathBuf::from);
    Templates::load(folder.as_deref()).unwrap_or_else(|fault| {
        section.refuse("templates", fault);
        Templates::built_in()
    })
}

fn mailbox(given: Given<'_>) -> Result<Mailbox, String> {
    let wanted = "an address like \"Example <no-reply@example.com>\"";
    let text = given.text().ok_or_else(|| given.mismatch(wanted))?;
    text.parse()
        .map_err(|_| format!("{} is none", Value::from(text)))
        .map_err(|text| format!("must be {wanted}; {text}"))
}
