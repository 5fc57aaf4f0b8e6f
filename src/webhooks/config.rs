//! `[webhooks]`.

use url::Url;

use super::event::Event;
use crate::base::text::place::is_loopback;
use crate::config::Section;
use crate::crypto::WebhookSigner;

/// Which notices go where.
#[derive(Clone, Debug)]
pub struct WebhooksConfig {
    pub url: Url,
    pub signer: Option<WebhookSigner>,
    pub events: Vec<Event>,
}

impl WebhooksConfig {
    /// Reads `[webhooks]`; None where it is off.
    pub fn read(root: &mut Section<'_>) -> Option<Self> {
        let mut section = root.table("webhooks");
        let doc = "Your application is told what happens to users and sessions.";
        let enabled = section.bool("enabled", false, doc);
        let url = url(&mut section, enabled);
        let signer = signer(&mut section, url.as_ref().filter(|_| enabled));
        let events = events(&mut section);
        enabled.then_some(Self { url: url?, signer, events })
    }
}

fn url(section: &mut Section<'_>, wanted: bool) -> Option<Url> {
    let doc = "Where your application takes notices: each is posted as JSON.";
    let url = section.webhook("url", "required where `enabled`", doc);
    if wanted && !section.has("url") {
        section.refuse("url", "is missing; write where your application takes notices");
    }
    url
}

/// `url` where notices go there.
fn signer(section: &mut Section<'_>, url: Option<&Url>) -> Option<WebhookSigner> {
    let doc = "Signs what is posted, by the Standard Webhooks scheme.";
    let secret = section.secret("secret", "none; required unless the URL is this machine's", doc);
    let there = section.has("secret") || section.has("secret_file");
    if !there && url.is_some_and(|url| !url.host_str().is_some_and(is_loopback)) {
        let text = "is missing; anybody could post to your application without it; make one with `signet secret`";
        section.refuse("secret", text);
    }
    let signer = WebhookSigner::new(&secret?);
    signer.map_err(|fault| section.refuse("secret", fault)).ok()
}

fn events(section: &mut Section<'_>) -> Vec<Event> {
    let all = Event::ALL.map(Event::name);
    let names = section.list("events", &all, "What it is told of.");
    let mut events = Vec::new();
    for name in names {
        match Event::named(&name) {
            Some(event) => events.push(event),
            None => section.refuse("events", format!("{name:?} is none; there are {}", all.join(", "))),
        }
    }
    events
}
