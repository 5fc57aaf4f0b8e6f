//! Which language somebody reads, and what pages say in it.

use serde_json::{Map, Value};

use super::fields;
use super::files::Files;
use crate::http::cx::Cx;

pub const ENGLISH: &str = "en";
/// What a page is asked with to speak another language.
pub const ASKED: &str = "lang";
/// What keeps the choice. It is no secret, and says nothing of who somebody is.
const COOKIE: &str = "signet_language";
/// How long, in seconds: a year.
const KEPT: u32 = 31_536_000;

/// All that pages say in a language: tables of texts, the same in every language.
#[derive(Clone, Debug)]
pub struct Messages(Map<String, Value>);

impl Messages {
    /// # Errors
    /// What is wrong with the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Map<String, Value> = toml::from_str(text).map_err(|error| error.to_string())?;
        match table.iter().find(|(_, value)| !is_table_of_texts(value)) {
            Some((name, _)) => Err(format!("`{name}` must be a table of texts")),
            None => Ok(Self(table)),
        }
    }

    /// As [`Messages::fill`], from the language that has all there is to say but for the labels of a site's own fields.
    ///
    /// # Errors
    /// What this one has and the other lacks.
    pub fn complete(&mut self, whole: &Self) -> Result<(), String> {
        for (table, texts) in self.0.iter().filter(|(table, _)| *table != fields::TABLE) {
            for name in texts.as_object().into_iter().flatten().map(|(name, _)| name) {
                if !whole.has(table, name) {
                    return Err(format!("`{table}.{name}`"));
                }
            }
        }
        self.fill(whole);
        Ok(())
    }

    /// Takes from others what these lack.
    pub fn fill(&mut self, whole: &Self) {
        for (table, texts) in &whole.0 {
            let own = self.0.entry(table.clone()).or_insert_with(|| Value::Object(Map::new()));
            for (name, text) in texts.as_object().into_iter().flatten() {
                if let Some(own) = own.as_object_mut().filter(|own| !own.contains_key(name)) {
                    own.insert(name.clone(), text.clone());
                }
            }
        }
    }

    fn has(&self, table: &str, name: &str) -> bool {
        self.0.get(table).is_some_and(|texts| texts.get(name).is_some())
    }

    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A table of texts.
    pub fn of(&self, table: &str) -> Option<&Value> {
        self.0.get(table)
    }
}

fn is_table_of_texts(value: &Value) -> bool {
    value.as_object().is_some_and(|table| table.values().all(Value::is_string))
}

/// Whether a text is like `de` or `pt-BR`.
pub fn is_code(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3));
    first && text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The language that somebody reads: what they ask for now, what they have asked for, what their browser prefers.
pub fn of<'f>(cx: &Cx, files: &'f Files, default: &'f str) -> &'f str {
    let known = |code: &str| files.languages().find(|known| known.eq_ignore_ascii_case(code));
    let asked = cx.query.get_first(ASKED).or_else(|| cx.cookies.get(COOKIE)).and_then(known);
    let preferred = || {
        preferences(&cx.header_list("accept-language").unwrap_or_default())
            .into_iter()
            .find_map(|code| known(&code).or_else(|| known(code.split('-').next().unwrap_or_default())))
    };
    asked.or_else(preferred).unwrap_or(default)
}

/// The cookie that keeps a choice which was made with this request.
pub fn kept(cx: &Cx, files: &Files) -> Option<String> {
    let code = cx.query.get_first(ASKED).filter(|code| files.has_language(code))?;
    let secure = if cx.house.site.origin.starts_with("https:") { "; Secure" } else { "" };
    Some(format!("{COOKIE}={code}; Path=/; Max-Age={KEPT}; SameSite=Lax; HttpOnly{secure}"))
}

/// The languages of `Accept-Language` (RFC 9110 §12.5.4), the most wanted first.
fn preferences(header: &str) -> Vec<String> {
    let mut wanted: Vec<(u16, String)> = header.split(',').take(32).filter_map(preference).collect();
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.into_iter().map(|(_, code)| code).collect()
}

fn preference(part: &str) -> Option<(u16, String)> {
    let (code, rest) = part.split_once(';').unwrap_or((part, ""));
    let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok())?;
    let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    let code = code.trim();
    (weight > 0 && is_code(code)).then(|| (weight, code.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_language_comes_first_and_one_that_is_not_wanted_not_at_all() {
        assert_eq!(preferences("fr;q=0.3, de-CH, en;q=0.8, it;q=0"), ["de-CH", "en", "fr"]);
        assert_eq!(preferences("*, <script>, xx-aaaaaaaaaaaaaaaaaaaaaaaa, de;q=NaN"), ["de"; 0]);
    }

    #[test]
    fn what_a_language_lacks_is_said_in_english_and_what_english_lacks_is_a_fault() {
        let english = Messages::parse("[home]\ntitle = \"Hello\"\nbye = \"Bye\"").unwrap();
        let mut french = Messages::parse("[home]\ntitle = \"Bonjour\"").unwrap();
        french.complete(&english).unwrap();
        assert_eq!(french.of("home").unwrap()["bye"], "Bye");
        assert_eq!(french.of("home").unwrap()["title"], "Bonjour");
        let mut misspelt = Messages::parse("[home]\ntitel = \"Bonjour\"").unwrap();
        assert_eq!(misspelt.complete(&english), Err("`home.titel`".into()));
        let mut labels = Messages::parse("[fields]\nshoeSize = \"Pointure\"").unwrap();
        assert_eq!(labels.complete(&english), Ok(()), "the fields are the site's own");
        assert!(Messages::parse("title = \"Hello\"").is_err());
    }
}
