//! Addresses within a configuration, fit to be shown.

use toml::{Table, Value};
use url::Url;

use super::given::Given;
use super::record::MASK;
use super::section::{Section, Unset};

impl Section<'_> {
    /// The address of a webhook. Whoever knows all of it may be believed to be us: its path and query are shown to nobody.
    pub fn webhook(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<Url> {
        let url = self.ask(name, "URL", Unset::Says(unset), doc, |given: Given<'_>| {
            let url = given.text().and_then(|text| Url::parse(text).ok());
            url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .ok_or_else(|| given.mismatch("an http(s) URL"))
        });
        if self.has(name) {
            let shown = url.as_ref().map_or_else(|| MASK.to_owned(), place);
            self.resolve(name, Value::from(shown).to_string());
        }
        self.mark_secret(name);
        url
    }
}

/// Scheme and host.
fn place(url: &Url) -> String {
    let is_whole = url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    if is_whole { origin } else { format!("{origin}/{MASK}") }
}

/// A value, as TOML, whose addresses show no password and no query, whichever key it is of.
pub(super) fn without_passwords(value: &str) -> String {
    // A text as a parser has it, whatever stands in it: quotes end none.
    let given = toml::from_str::<Table>(&format!("value = {value}")).ok().and_then(|mut table| table.remove("value"));
    let Some(given) = given else {
        return textual(value);
    };
    let shown = masked(given.clone());
    if shown == given { value.to_owned() } else { shown.to_string() }
}

fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(textual(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        Value::Table(table) => table.into_iter().map(|(key, value)| (key, masked(value))).collect::<Table>().into(),
        other => other,
    }
}

/// A text that may be an address, or hold some.
fn textual(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() && text.matches("://").count() <= 1 => by_parts(text, url),
        _ => by_hand(text),
    }
}

fn by_parts(text: &str, mut url: Url) -> String {
    let (has_password, has_query) = (url.password().is_some(), url.query().is_some());
    if !has_password && url.username().is_empty() && !has_query {
        return text.to_owned();
    }
    let hidden = match (has_password, url.username()) {
        (true, _) => url.set_password(Some(MASK)),
        (false, "") => Ok(()),
        // A token in the place of a name.
        (false, _) => url.set_username(MASK),
    };
    if has_query {
        url.set_query(Some(MASK));
    }
    hidden.map_or_else(|()| MASK.to_owned(), |()| url.into())
}

/// What is no address alone, or none that the parser knows: several hosts, a sentence. More may be hidden than needs be.
fn by_hand(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
    let user = user.map(|user| match user.split_once(':') {
        Some((name, _)) if !name.contains(['/', '?', '#']) => format!("{name}:{MASK}@"),
        _ => format!("{MASK}@"),
    });
    let place = place.split_once('?').map_or_else(|| place.to_owned(), |(place, _)| format!("{place}?{MASK}"));
    format!("{scheme}://{}{place}", user.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{MASK, without_passwords};

    #[test]
    fn an_address_shows_where_it_leads_and_neither_password_nor_query() {
        let user = format!("postgres://signet:{MASK}@db");
        for (value, shown) in [
            ("\"https://a.example/b?c\"", format!("\"https://a.example/b?{MASK}\"")),
            ("\"https://a.example\"", "\"https://a.example\"".to_owned()),
            ("\"postgres://signet:p:a@ss@db/x\"", format!("\"{user}/x\"")),
            ("\"postgres://signet:p'a s@db/x\"", format!("\"{user}/x\"")),
            ("\"postgres://signet:p\\\"a@db/x\"", format!("\"{user}/x\"")),
            ("'postgres://signet:p\"a@db/x'", format!("\"{user}/x\"")),
            ("\"postgres://signet:p a?@db:1,other:2/x?y\"", format!("\"{user}:1,other:2/x?{MASK}\"")),
            (&format!("\"{user}?{MASK}\""), format!("\"{user}?{MASK}\"")),
            ("\"https:a:b@c.example\"", format!("\"https://a:{MASK}@c.example/\"")),
            ("\"https://a.example,https://b:c@d.example\"", format!("\"https://a.example,https:{MASK}@d.example\"")),
            ("[\"https://token@a.example\", \"b@c\"]", format!("[\"https://{MASK}@a.example/\", \"b@c\"]")),
            ("{ a = \"https://b:c@d.example/\" }", format!("{{ a = \"https://b:{MASK}@d.example/\" }}")),
            ("\"a ? b\"", "\"a ? b\"".to_owned()),
            ("5", "5".to_owned()),
        ] {
            assert_eq!(without_passwords(value), shown);
        }
    }
}
