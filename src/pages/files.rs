//! What the pages are made of: templates, scripts, styles and pictures, and one file of messages for each language. They are
//! built in, and a folder of the operator's stands in for any of them, or adds to them.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::language::{ENGLISH, Messages};
use crate::crypto::digest;

macro_rules! built_in {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("files/", $folder, "/", $name)))),*]
    };
}

type BuiltIn = &'static [(&'static str, &'static [u8])];

const TEMPLATES: BuiltIn = built_in!("templates":
    "account.html",
    "admin.html",
    "admin_audit.html",
    "admin_configuration.html",
    "admin_frame.html",
    "admin_health.html",
    "admin_keys.html",
    "admin_user.html",
    "admin_users.html",
    "card.html",
    "error.html",
    "fields.html",
    "forgot_password.html",
    "frame.html",
    "home.html",
    "newcomer.html",
    "password.html",
    "providers.html",
    "reset_password.html",
    "setup.html",
    "sign_in.html",
    "sign_up.html",
    "verify_email.html",
);

const ASSETS: BuiltIn = built_in!("assets":
    "account.css",
    "account.js",
    "account_activity.js",
    "account_deletion.js",
    "account_linked.js",
    "account_list.js",
    "account_parts.js",
    "account_password.js",
    "account_profile.js",
    "account_sessions.js",
    "activity.js",
    "admin.css",
    "admin.js",
    "admin_audit.js",
    "admin_configuration.js",
    "admin_health.js",
    "admin_keys.js",
    "admin_user.js",
    "admin_users.css",
    "admin_users.js",
    "api.js",
    "arriving.js",
    "chart.js",
    "device.js",
    "fields.js",
    "forgot_password.js",
    "frame.js",
    "key_history.js",
    "live.js",
    "logo.svg",
    "operations.css",
    "reset_password.js",
    "setup.js",
    "sign_in.js",
    "sign_up.js",
    "signet.css",
    "state.js",
    "theme.css",
    "timeline.js",
    "ui.js",
    "user_activity.js",
    "user_parts.js",
    "user_sessions.js",
    "verify_email.js",
);

const MESSAGES: BuiltIn = built_in!("messages": "de.toml", "en.toml");

/// What the pages load, as it is sent.
#[derive(Clone, Debug)]
pub struct Asset {
    pub media_type: &'static str,
    pub body: Bytes,
}

/// All files, read once.
pub struct Files {
    templates: Environment<'static>,
    assets: BTreeMap<String, Asset>,
    languages: BTreeMap<String, Messages>,
    /// Of all assets: another one where any of them is another.
    version: String,
}

impl Files {
    pub fn built_in() -> Self {
        Self::load(None).expect("the built-in files can be read")
    }

    /// What is built in, and in its place or beside it what a folder has.
    ///
    /// # Errors
    /// Which file cannot be used, and why.
    pub fn load(folder: Option<&Path>) -> Result<Self, String> {
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!("{} is no folder", folder.display()));
        }
        let all = |built_in, name: &str| read(built_in, folder.map(|folder| folder.join(name)).as_deref());
        let assets = all(ASSETS, "assets")?.into_iter().map(|(name, body)| Ok((asset(&name, body)?, name)));
        let assets = assets.map(|named| named.map(|(asset, name)| (name, asset)));
        let assets: BTreeMap<String, Asset> = assets.collect::<Result<_, String>>()?;
        Ok(Self {
            templates: templates(all(TEMPLATES, "templates")?)?,
            version: version(&assets),
            assets,
            languages: languages(all(MESSAGES, "messages")?)?,
        })
    }

    /// What is in the path of every asset, so that browsers may keep them for ever.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.get(name)
    }

    pub fn has_language(&self, code: &str) -> bool {
        self.languages.contains_key(code)
    }

    /// The codes of all languages, `de`.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// The messages of a language, of all that there are.
    pub fn messages(&self, code: &str) -> Option<&Messages> {
        self.languages.get(code)
    }

    /// Fills a template.
    ///
    /// # Errors
    /// Why it cannot be filled: a name that is not there.
    pub fn render(&self, template: &str, context: Value) -> Result<String, minijinja::Error> {
        self.templates.get_template(template)?.render(context)
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Files").field("version", &self.version).finish_non_exhaustive()
    }
}

/// What is built in, then what a folder has, by name.
fn read(built_in: BuiltIn, folder: Option<&Path>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut all: BTreeMap<String, Vec<u8>> =
        built_in.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else { return Ok(all) };
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'));
        let Some(name) = name.filter(|_| path.is_file()) else { continue };
        let bytes = std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        all.insert(name.to_owned(), bytes);
    }
    Ok(all)
}

fn asset(name: &str, body: Vec<u8>) -> Result<Asset, String> {
    let media_type = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => return Err(format!("assets/{name} is of no kind that pages load")),
    };
    Ok(Asset { media_type, body: body.into() })
}

fn version(assets: &BTreeMap<String, Asset>) -> String {
    let all = assets.iter().flat_map(|(name, asset)| [name.as_bytes(), b"\0", &asset.body, b"\0"]);
    digest::fingerprint(&all.flatten().copied().collect::<Vec<_>>())
}

fn templates(files: BTreeMap<String, Vec<u8>>) -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    // A name that is misspelt is a fault and no gap.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_filter("fill", fill);
    for (name, bytes) in files {
        let text = text("templates", &name, bytes)?;
        environment.add_template_owned(name.clone(), text).map_err(|error| format!("templates/{name}: {error:#}"))?;
    }
    Ok(environment)
}

/// `{{ t.home.hello | fill(name=user.name) }}`: a message with its `{name}`s filled.
fn fill(message: String, values: minijinja::value::Kwargs) -> Result<String, minijinja::Error> {
    values.args().try_fold(message.clone(), |filled, name| {
        let value: Value = values.get(name)?;
        Ok(filled.replace(&format!("{{{name}}}"), &value.to_string()))
    })
}

fn languages(files: BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Messages>, String> {
    let mut languages = BTreeMap::new();
    for (name, bytes) in files {
        let Some(code) = name.strip_suffix(".toml").filter(|code| super::language::is_code(code)) else {
            return Err(format!("messages/{name} is not named by a language, like `fr.toml`"));
        };
        let text = text("messages", &name, bytes)?;
        let parse = |text: &str| Messages::parse(text).map_err(|fault| format!("messages/{name}: {fault}"));
        let mut messages = parse(&text)?;
        if let Some((_, built_in)) = MESSAGES.iter().find(|(built_in, _)| *built_in == name) {
            let built_in = parse(&String::from_utf8_lossy(built_in))?;
            match code {
                // Others are compared with English, and English with what it was.
                ENGLISH => messages
                    .complete(&built_in)
                    .map_err(|unknown| format!("messages/{name} has {unknown}, which no page has"))?,
                _ => messages.fill(&built_in),
            }
        }
        languages.insert(code.to_owned(), messages);
    }
    let english = languages.get(ENGLISH).cloned().ok_or("messages/en.toml is missing")?;
    for (code, messages) in &mut languages {
        messages
            .complete(&english)
            .map_err(|unknown| format!("messages/{code}.toml has {unknown}, which en.toml lacks"))?;
    }
    Ok(languages)
}

fn text(folder: &str, name: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| format!("{folder}/{name} is no UTF-8"))
}

#[cfg(test)]
mod tests;
