//! What a configuration may say.

use crate::harness::load;

#[track_caller]
fn fault(toml: &str) -> String {
    load(toml, "sqlite:unused.db").err().unwrap_or_else(|| panic!("{toml} is accepted"))
}

fn route(keys: &str) -> String {
    format!("[[gateway.routes]]\n{keys}\n")
}

fn with(more: &str) -> String {
    route(&format!("prefix = \"/api/tasks\"\nupstream = \"http://127.0.0.1:9000\"\n{more}"))
}

#[test]
fn what_is_wrong_with_a_route_is_said_at_the_start() {
    for (toml, what) in [
        (route("upstream = \"http://a\""), "`prefix` is missing"),
        (route("prefix = \"/a\""), "`upstream` is missing"),
        (route("prefix = \"a\"\nupstream = \"http://a\""), "`prefix` must be a path"),
        (route("prefix = \"/a/../b\"\nupstream = \"http://a\""), "`prefix` must be a path"),
        (route("prefix = \"/a%20b\"\nupstream = \"http://a\""), "`prefix` must be a path"),
        (route("prefix = \"/api/auth\"\nupstream = \"http://a\""), "lies below \"/api/auth\""),
        (route("prefix = \"/API/auth/x/\"\nupstream = \"http://a\""), "lies below \"/api/auth\""),
        (route("prefix = \"/a\"\nupstream = \"ftp://a\""), "must be an http(s) URL"),
        (route("prefix = \"/a\"\nupstream = \"nonsense\""), "is not a URL"),
        (route("prefix = \"/a\"\nupstream = \"http://u:p@a/\""), "user or a password"),
        (route("prefix = \"/a\"\nupstream = \"http://a/?x=1\""), "a query"),
        (route("prefix = \"/a\"\nupstream = \"http://a/../b\""), "path of letters"),
        (route("prefix = \"/a\"\nupstream = \"http://localhost:3000\""), "this server's own address"),
        (with("template = \"none\""), "names the template \"none\""),
        (with("wrong = 1"), "`wrong` is unknown"),
        (with("require_session = \"no\""), "`require_session` must be true or false"),
        (with("require_session = false\nrequire_role = \"x\""), "`require_role` wants a session"),
        (with("require_role = \"admin\""), "users have no `role`"),
        (with("body_limit = 0"), "`body_limit` must be a whole number"),
        (with("response_timeout = \"2d\""), "longer than a day"),
        (with("drop_headers = [\"a b\"]"), "no header's name"),
        (format!("{}[plugins.jwt]\nenabled = false", with("")), "the jwt plugin is off"),
        (with("") + &with(""), "has the prefix \"/api/tasks\" twice"),
        (with("") + &route("prefix = \"/API/tasks/\"\nupstream = \"http://a\""), "twice"),
    ] {
        let said = fault(&toml);
        assert!(said.contains("gateway.routes") && said.contains(what), "{toml}\n{said}");
    }
    let said = fault("base_path = \"/\"\n[[gateway.routes]]\nprefix = \"/\"\nupstream = \"http://a\"");
    assert!(said.contains("set `base_path`"), "{said}");
}

#[test]
fn a_route_is_read_as_it_is_written() {
    let toml = with(
        "strip_prefix = true\nrequire_role = [\"a\", \"b\"]\nconnect_timeout = \"2s\"\nresponse_timeout = 3\n\
         idle_timeout = \"1m\"\nbody_limit = 5\n[plugins.admin]\nenabled = true",
    );
    let config = load(&toml, "sqlite:unused.db").expect("it is accepted");
    let route = &config.gateway[0];
    assert_eq!((route.prefix.as_str(), route.strip_prefix, route.body_limit), ("/api/tasks", true, Some(5)));
    assert_eq!(route.require_role, ["a", "b"]);
    let spans = [route.connect_timeout, route.response_timeout, route.idle_timeout];
    assert_eq!(spans.map(|span| span.as_secs()), [2, 3, 60]);
}
