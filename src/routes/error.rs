//! GET /error: where a flow ends that cannot go back to its application.

use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::page::with_error;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/error", error)
}

/// A page while developing; in production a redirect to the application's own page, or to its root.
async fn error(cx: &Cx, (): ()) -> Result<Reply> {
    let code = cx.query.get_first("error").filter(|code| is_code(code)).unwrap_or("UNKNOWN");
    let description = cx.query.get_first("error_description");
    match (&cx.house.error_url, cx.house.site.production) {
        (Some(page), _) => Ok(plain_redirect(&with_error(page, code, description))),
        (None, true) => Ok(plain_redirect(&with_error("/", code, description))),
        (None, false) => Ok(Reply::html(page(code, description))),
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-'".contains(&byte))
}

/// Unlike other redirects of Better Auth, these have no media type.
fn plain_redirect(to: &str) -> Reply {
    let mut reply = Reply::redirect(to);
    reply.content = crate::http::reply::Content::Nothing;
    reply
}

fn page(code: &str, description: Option<&str>) -> String {
    let description = description.map(|text| format!("<p>{}</p>", escaped(text))).unwrap_or_default();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Error</title></head><body><main><h1>Something went wrong</h1><p><code>{}</code></p>{description}\
         <p><a href=\"/\">Back to the start</a></p></main></body></html>",
        escaped(code)
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, letter| {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_no_markup_of_the_query() {
        assert!(page("UNKNOWN", Some("<img src=x>")).contains("&lt;img src=x&gt;"));
        assert!(!is_code("<script>") && !is_code("") && is_code("it's_ok-1"));
    }
}
