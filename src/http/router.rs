//! Which endpoint a path is for. The raw path decides: what is percent-encoded names no route, so that no check can be
//! slipped by another spelling.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actix_web::http::Method;
use percent_encoding::percent_decode_str;

use super::beyond::{Beyond, Found, Passage};
use super::config::SiteConfig;
use super::endpoint::Endpoint;
use crate::base::text::lax::{covers, lax};

/// The parameter that holds how a path goes on behind that of a [wide](Endpoint::wide) endpoint.
pub const WIDE: &str = "*";

/// Where a request goes.
pub enum Target<'r> {
    Endpoint(&'r Endpoint, BTreeMap<String, String>),
    /// A path that the deployment switched off: the one 404 with a body.
    Disabled,
    /// Another server answers; with the path as it is sent there.
    Beyond(&'r dyn Passage, String),
    /// A path beyond our routes that can be read in several ways.
    Unclear,
    Nowhere,
}

/// The route table.
pub struct Router {
    base_path: String,
    disabled: Vec<String>,
    skip_trailing_slashes: bool,
    /// By whole path, without parameters, the endpoints of the methods that it has.
    fixed: HashMap<String, Vec<Arc<Endpoint>>>,
    /// With parameters, by segments.
    patterned: Vec<Arc<Endpoint>>,
    /// Those that take every method and every path below theirs.
    wide: Vec<Arc<Endpoint>>,
    /// Who answers where no route is.
    beyond: Option<Box<dyn Beyond>>,
}

impl Router {
    /// # Panics
    /// When two endpoints claim the same method and path: a fault of the program, seen by every test.
    pub fn new(site: &SiteConfig, endpoints: Vec<Endpoint>) -> Self {
        let base_path = site.base_path.trim_end_matches('/').to_owned();
        let mut router = Self {
            disabled: site.disabled_paths.iter().map(|path| path.trim_end_matches('/').to_owned()).collect(),
            skip_trailing_slashes: site.skip_trailing_slashes,
            fixed: HashMap::new(),
            patterned: Vec::new(),
            wide: Vec::new(),
            beyond: None,
            base_path,
        };
        for endpoint in endpoints {
            router.add(Arc::new(endpoint));
        }
        router
    }

    /// With somebody who answers where no route is.
    pub fn with_beyond(self, beyond: Option<Box<dyn Beyond>>) -> Self {
        Self { beyond, ..self }
    }

    /// The ways to other servers.
    pub fn passages(&self) -> impl Iterator<Item = &dyn Passage> {
        self.beyond.iter().flat_map(|beyond| beyond.passages())
    }

    fn add(&mut self, endpoint: Arc<Endpoint>) {
        if endpoint.wide {
            self.wide.push(endpoint);
            return;
        }
        if endpoint.path.contains("/:") {
            self.patterned.push(endpoint);
            return;
        }
        let whole =
            if endpoint.at_origin { endpoint.path.to_string() } else { format!("{}{}", self.base_path, endpoint.path) };
        let here = self.fixed.entry(whole).or_default();
        let declared = here.iter().any(|other| other.method == endpoint.method);
        assert!(!declared, "{} {} is declared twice", endpoint.method, endpoint.path);
        here.push(endpoint);
    }

    /// All endpoints, for tests that must forget none.
    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.fixed.values().flatten().chain(&self.patterned).chain(&self.wide)
    }

    /// Finds the endpoint of a method and a path as it was sent.
    pub fn find(&self, method: &Method, path: &str) -> Target<'_> {
        let sent = path;
        // Before dots are resolved: a visitor's `/../ok` behind it must not make another route answer.
        if let Some((endpoint, rest)) = self.find_wide(path) {
            return self.unless_disabled(endpoint, rest);
        }
        let path = without_dots(path);
        let below = path.strip_prefix(self.base_path.as_str()).filter(|rest| rest.starts_with('/'));
        if below.is_some_and(|rest| self.disabled.iter().any(|disabled| disabled == rest.trim_end_matches('/'))) {
            return Target::Disabled;
        }
        let path = self.without_trailing_slash(&path);
        let here = self.fixed.get(path).map(Vec::as_slice).unwrap_or_default();
        match here.iter().find(|endpoint| answers(endpoint, method)) {
            Some(endpoint) => Target::Endpoint(endpoint, BTreeMap::new()),
            None => match self.find_pattern(method, path) {
                Target::Nowhere if here.is_empty() && !self.reserves(path) => self.find_beyond(sent),
                target => target,
            },
        }
    }

    /// Whether a path is ours though no route answers it: all below the base path is, and each path of a route, whatever
    /// the method.
    fn reserves(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.base_path.as_str());
        if !self.base_path.is_empty() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return true;
        }
        // Without a base path all patterns begin at the origin.
        let mut here = self.patterned.iter().filter(|endpoint| endpoint.at_origin || self.base_path.is_empty());
        here.any(|endpoint| parameters(&endpoint.path, path).is_some())
    }

    /// Whether a server that ignores case, or what follows a `;`, would find a path below the base path.
    fn resembles_ours(&self, path: &str) -> bool {
        !self.base_path.is_empty() && covers(&lax(&self.base_path), &lax(path))
    }

    fn find_beyond(&self, path: &str) -> Target<'_> {
        match self.beyond.as_ref().map_or(Found::Nowhere, |beyond| beyond.find(path)) {
            // Another spelling of a path of ours is nobody else's.
            Found::Passage(_, path) if self.reserves(&path) || self.fixed.contains_key(&path) => Target::Nowhere,
            Found::Passage(_, path) if self.resembles_ours(&path) => Target::Nowhere,
            Found::Passage(passage, path) => Target::Beyond(passage, path),
            Found::Unclear => Target::Unclear,
            Found::Nowhere => Target::Nowhere,
        }
    }

    fn find_wide<'p>(&self, path: &'p str) -> Option<(&Endpoint, &'p str)> {
        let below = path.strip_prefix(self.base_path.as_str())?;
        self.wide.iter().find_map(|endpoint| {
            let rest = below.strip_prefix(&*endpoint.path)?;
            (rest.is_empty() || rest.starts_with(['/', ';'])).then_some((&**endpoint, rest))
        })
    }

    fn unless_disabled<'r>(&self, endpoint: &'r Endpoint, rest: &str) -> Target<'r> {
        if self.disabled.iter().any(|disabled| **disabled == *endpoint.path) {
            return Target::Disabled;
        }
        let rest = Some(rest).filter(|rest| !rest.is_empty());
        Target::Endpoint(endpoint, rest.map(|rest| (WIDE.to_owned(), rest.to_owned())).into_iter().collect())
    }

    fn find_pattern(&self, method: &Method, path: &str) -> Target<'_> {
        let below = path.strip_prefix(self.base_path.as_str());
        let matching = self.patterned.iter().filter(|endpoint| answers(endpoint, method));
        let mut found = matching.filter_map(|endpoint| {
            let path = if endpoint.at_origin { Some(path) } else { below };
            Some((endpoint, parameters(&endpoint.path, path?)?))
        });
        match found.next() {
            Some((endpoint, parameters)) => Target::Endpoint(endpoint, parameters),
            None => Target::Nowhere,
        }
    }

    fn without_trailing_slash<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_suffix('/') {
            Some(shorter) if self.skip_trailing_slashes && !shorter.is_empty() => shorter,
            _ => path,
        }
    }
}

/// Whether a route is the one for a method.
fn answers(endpoint: &Endpoint, method: &Method) -> bool {
    endpoint.method == *method || (endpoint.head && endpoint.method == Method::GET && method == Method::HEAD)
}

/// The values of a pattern's `:name` segments, if a path fits it.
pub(super) fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (wanted, given): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut values = BTreeMap::new();
    for (wanted, given) in wanted.into_iter().zip(given) {
        match wanted.strip_prefix(':') {
            Some(name) if !given.is_empty() => {
                drop(values.insert(name.to_owned(), percent_decode_str(given).decode_utf8_lossy().into_owned()));
            }
            _ if wanted == given => {}
            _ => return None,
        }
    }
    Some(values)
}

/// Resolves `.` and `..` segments as a WHATWG URL does, also where they are percent-encoded.
fn without_dots(path: &str) -> Cow<'_, str> {
    if !path.as_bytes().windows(2).any(|pair| matches!(pair, b"/." | b"/%")) {
        return path.into();
    }
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        let last = index + 1 == segments.len();
        match plain.as_str() {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_as_in_a_url() {
        for (path, plain) in [
            ("/api/auth/./ok", "/api/auth/ok"),
            ("/api/x/../auth/ok", "/api/auth/ok"),
            ("/api/%2e%2E/ok", "/ok"),
            ("/../../ok", "/ok"),
            ("/a/.", "/a/"),
            ("/a/b/..", "/a/"),
            ("//ok", "//ok"),
            ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ] {
            assert_eq!(without_dots(path), plain, "{path}");
        }
    }

    #[test]
    fn a_parameter_takes_one_segment_that_is_not_empty() {
        assert_eq!(parameters("/reset-password/:token", "/reset-password/abc").unwrap()["token"], "abc");
        assert!(parameters("/reset-password/:token", "/reset-password/").is_none());
        assert!(parameters("/reset-password/:token", "/reset-password/a/b").is_none());
    }
}
