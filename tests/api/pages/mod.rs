//! The pages that people see, as they are sent. What they do in a browser is in tests/pages.

mod account;
mod admin;
mod admin_users;
mod assets;
mod audience;
mod callbacks;
mod error;
mod fields;
mod home;
mod languages;
mod links;
mod markup;
mod places;
mod setup;

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server};

/// With all that pages can show.
const EVERYTHING: &str = "[plugins.admin]\nenabled = true\n[plugins.username]\nenabled = true\n\
                          [mail]\ntransport = \"log\"\n\
                          [social_providers.github]\nclient_id = \"x\"\nclient_secret = \"the-secret-of-a-client\"\n";

/// Where each page is, with what it needs.
const PATHS: [&str; 16] = [
    "/",
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/reset-password?token=x",
    "/verify-email",
    "/error?error=banned",
    "/account",
    "/setup?token=x",
    "/admin",
    "/admin/users",
    "/admin/users/x",
    "/admin/keys",
    "/admin/audit",
    "/admin/configuration",
    "/admin/health",
];

/// Somebody who may see every page.
async fn admin(server: &Server) -> Browser<'_> {
    let ada = server.member("Ada").await;
    server.sql("UPDATE {user} SET {user:role} = $1", &["admin".into()]).await;
    ada
}

/// What is at a path of the origin.
async fn look(browser: &mut Browser<'_>, path: &str) -> Answer {
    browser.send("GET", &format!("!{path}"), &BROWSER, None).await
}

/// What a browser says that loads a page.
const BROWSER: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];

/// Every value of an attribute in a page, as browsers read it.
fn values(html: &str, attribute: &str) -> Vec<String> {
    let begin = format!(" {attribute}=\"");
    let parts = html.split(&begin).skip(1);
    let values = parts.filter_map(|part| part.split('"').next());
    values.map(|value| value.replace("&#x2f;", "/").replace("&quot;", "\"").replace("&amp;", "&")).collect()
}

/// A page without what its scripts are told, which has every text that they might say.
fn seen(page: &Answer) -> String {
    let text = page.text();
    let (before, after) = text.split_once("<script type=\"application/json\"").unwrap_or((&text, ""));
    let after = after.split_once("</script>").map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// What its links lead to.
fn links(page: &Answer) -> Vec<String> {
    values(&page.text(), "href")
}

/// The heading of a page.
fn heading(page: &Answer) -> String {
    let text = page.text();
    let after = text.split_once("<h1").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
    after.split('<').next().unwrap_or_default().to_owned()
}
