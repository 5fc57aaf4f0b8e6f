//! `base_url` and `base_path`: where the site is. The `Host` of a request never decides that.

use toml::Value;
use url::Url;

use crate::base::text::place::Place;
use crate::config::{Section, Unset};

pub(super) struct Address {
    pub url: Url,
    pub path: String,
    pub production: bool,
}

const DEFAULT_PATH: &str = "/api/auth";

pub(super) fn read(root: &mut Section<'_>, port: u16) -> Address {
    let doc = "The address under which browsers reach the server. Its host decides whether this is production: it is, unless the host is localhost or a loopback address.";
    let unset = Unset::Says("`http://localhost:PORT`");
    let given = root.ask("base_url", "URL", unset, doc, |given| {
        parse(given.text().ok_or_else(|| given.mismatch("a URL in quotes"))?)
    });
    let mut url = given.unwrap_or_else(|| local(port));
    let in_url = url.path().trim_end_matches('/').to_owned();
    let unset = Unset::Says("the path of `base_url`, else `/api/auth`");
    let doc = "What the endpoints' paths start with; `\"/\"` for nothing.";
    let given = root.ask("base_path", "path", unset, doc, |given| {
        let text = given.text().ok_or_else(|| given.mismatch("a path in quotes"))?;
        normal_path(text).ok_or_else(|| "must start with `/` and hold letters, digits and `-._~/` alone".to_owned())
    });
    let path = match given {
        Some(path) if in_url.is_empty() || in_url == path => path,
        Some(path) => {
            root.refuse("base_path", format!("is {path:?} while the path of base_url is {in_url:?}; keep one of them"));
            path
        }
        None if in_url.is_empty() => DEFAULT_PATH.to_owned(),
        None => in_url,
    };
    url.set_path(&path);
    root.resolve("base_url", Value::from(url.as_str()).to_string());
    root.resolve("base_path", Value::from(path.as_str()).to_string());
    let place = Place::of(&url);
    if url.scheme() == "http" {
        match place {
            Place::Loopback => {}
            Place::Private => {
                root.warn(
                    "base_url",
                    "is http: passwords and cookies cross the network in clear; use https where others share it",
                );
            }
            Place::Public => {
                root.refuse("base_url", "is http in production: passwords and cookies would travel in clear; use https")
            }
        }
    }
    Address { production: place != Place::Loopback, url, path }
}

fn parse(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text).map_err(|error| format!("is not a URL ({error}); write e.g. https://auth.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must start with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("must be scheme, host, port and path alone".to_owned());
    }
    if normal_path(url.path()).is_none() {
        return Err("has a path of other characters than letters, digits and `-._~/`".to_owned());
    }
    Ok(url)
}

/// A path without its last `/`, where it holds nothing that routers, browsers or proxies could read differently.
fn normal_path(text: &str) -> Option<String> {
    let path = text.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let fits = text.starts_with('/') && !path.contains("//") && path.bytes().all(plain) && !dots;
    fits.then(|| path.to_owned())
}

fn local(port: u16) -> Url {
    let mut url = Url::parse("http://localhost").expect("this literal is a URL");
    // Never fails for http; 80 is left out as browsers do.
    let _ = url.set_port(Some(port));
    url
}
