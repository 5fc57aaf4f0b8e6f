//! The three laws of `ARCHITECTURE.md`, read off the source: URL = source path = test path; floors look down only; a
//! plugin is one folder.

#[path = "architecture/image.rs"]
mod image;
#[path = "architecture/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use source::{Source, sources};

/// Crates that hold secrets or compute with them. Only `src/crypto` uses them.
const CRYPTO_CRATES: [&str; 12] = [
    "argon2",
    "bcrypt",
    "chacha20poly1305",
    "ed25519_dalek",
    "hmac",
    "josekit",
    "openssl",
    "pbkdf2",
    "scrypt",
    "sha1",
    "sha2",
    "subtle",
];

/// Users of a crypto crate outside `src/crypto`, each with its reason.
const CRYPTO_ELSEWHERE: [(&str, &str, &str); 1] =
    [("base/random.rs", "sha2", "the seeded stream of tests; `base` lies beneath `crypto` and cannot ask it")];

/// The floor of each module, as the comments of `src/lib.rs` number them.
fn floors() -> BTreeMap<String, u32> {
    let library = Source::read("lib.rs");
    let (mut floor, mut floors) = (None, BTreeMap::new());
    for line in library.text.lines() {
        if let Some(number) = line.strip_prefix("// Floor ") {
            floor = Some(number.parse().expect("a floor has a number"));
        } else if let Some(module) = line.strip_prefix("pub mod ") {
            let floor = floor.expect("every module stands on a floor");
            floors.insert(module.trim_end_matches(';').to_owned(), floor);
        }
    }
    floors
}

#[test]
fn the_map_and_the_library_list_the_same_floors() {
    let map = std::fs::read_to_string(source::root().join("ARCHITECTURE.md")).expect("the map");
    let mut drawn = BTreeMap::new();
    for row in map.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (Some(Ok(floor)), Some(modules)) = (cells.next().map(str::parse::<u32>), cells.next()) else { continue };
        drawn.extend(
            modules.split(", ").map(|module| (module.trim_matches('`').trim_end_matches('/').to_owned(), floor)),
        );
    }
    assert_eq!(drawn, floors());
}

#[test]
fn floors_look_down_only() {
    let floors = floors();
    for source in sources() {
        let Some(own) = source.module() else { continue };
        for used in source.used_modules() {
            let floor = *floors.get(&used).unwrap_or_else(|| panic!("{}: what is crate::{used}?", source.path));
            assert!(used == own || floor < floors[&own], "{}: {own} uses {used}, which is not beneath it", source.path);
        }
    }
}

#[test]
fn no_module_climbs_out_of_its_floor_by_super() {
    for source in sources() {
        assert!(!source.climbs_to_the_root(), "{}: say crate:: where another floor is meant", source.path);
    }
}

#[test]
fn the_crypto_crates_are_used_in_crypto_alone() {
    let mut sanctioned = BTreeSet::from(CRYPTO_ELSEWHERE.map(|(path, name, _)| (path.to_owned(), name)));
    for source in sources().iter().filter(|source| source.module().as_deref() != Some("crypto")) {
        for name in CRYPTO_CRATES.into_iter().filter(|name| source.uses_crate(name)) {
            assert!(sanctioned.remove(&(source.path.clone(), name)), "{} uses {name}: ask src/crypto", source.path);
        }
    }
    assert!(sanctioned.is_empty(), "no longer needed: {sanctioned:?}");
}

#[test]
fn only_the_command_line_reads_the_environment() {
    for source in sources().iter().filter(|source| source.module().as_deref() != Some("cli") && !source.is_test()) {
        assert!(
            !source.code().any(|line| line.contains("std::env") || line.contains("std::{env")),
            "{}: pass it in as Sources",
            source.path
        );
    }
}

/// `sign_in/email` of `src/routes/sign_in/email.rs`, `delete_user` of `src/routes/delete_user/mod.rs`.
fn name_of_route(source: &Source) -> Option<String> {
    let name = source.path.strip_prefix("routes/")?.strip_suffix(".rs")?;
    (name != "mod").then(|| name.strip_suffix("/mod").unwrap_or(name).to_owned())
}

/// Folders without a route of their own have a `mod.rs` that only lists what is in them.
fn is_list(source: &Source) -> bool {
    source.path.ends_with("/mod.rs") && source.code().all(|line| line.is_empty() || line.starts_with("pub mod "))
}

fn route_files() -> Vec<(String, Source)> {
    let named = |source: Source| Some((name_of_route(&source)?, source));
    sources().into_iter().filter_map(named).filter(|(_, source)| !is_list(source)).collect()
}

#[test]
fn the_path_of_a_route_is_the_path_of_its_file() {
    for (name, source) in route_files() {
        let declared = source.declared_paths();
        assert!(!declared.is_empty(), "{} declares no endpoint", source.path);
        for path in declared {
            let as_file = path.trim_start_matches('/').replace("/:", "/").replace('-', "_");
            assert_eq!(as_file, name, "{} declares {path}", source.path);
        }
    }
}

#[test]
fn the_tests_of_a_route_stand_where_the_route_stands() {
    for (name, source) in route_files() {
        let has = ["", "/mod"].iter().any(|end| Path::new(&format!("tests/api/{name}{end}.rs")).is_file());
        assert!(has, "{} has no tests/api/{name}.rs", source.path);
    }
}

#[test]
fn a_plugin_is_named_by_its_list_and_where_the_parts_meet_alone() {
    for source in sources() {
        let folder = source.path.strip_prefix("plugins/").and_then(|rest| rest.split_once('/')).map(|(name, _)| name);
        let meets = source.module().as_deref() == Some("app") || source.path == "plugins/mod.rs";
        for plugin in source.used_plugins() {
            assert!(meets || folder == Some(plugin.as_str()), "{} uses the plugin {plugin}", source.path);
        }
    }
}

/// Secondary storage has copies of sessions and of their users. Whoever writes these rows makes everybody read them anew.
#[test]
fn whoever_writes_users_or_sessions_forgets_their_copies() {
    const WRITES: [&str; 4] = ["UPDATE {user}", "DELETE FROM {user}", "UPDATE {session}", "DELETE FROM {session}"];
    // Its templates are rendered and never run.
    let sources = sources().into_iter().filter(|source| source.path != "store/template.rs");
    let writers: Vec<_> =
        sources.filter(|source| WRITES.iter().any(|statement| source.text.contains(statement))).collect();
    assert!(writers.len() >= 3);
    for writer in writers {
        assert!(writer.text.contains("forget_copies"), "{} writes and tells nobody", writer.path);
    }
}

/// Bans and second factors hold for every way in: whoever opens a session has asked first.
#[test]
fn whoever_opens_a_session_asks_whether_its_user_may_have_one() {
    const OPENS: [&str; 4] = ["sessions.open(", "sessions.draft(", "sessions.replacement(", ".create_session("];
    const ASKS: [&str; 3] = [".admit(", ".admit_still(", "credentials::enter("];
    // Nobody can have barred a user who is made by the same request.
    const NEW: [&str; 2] = ["routes/sign_up/email.rs", "plugins/admin/setup.rs"];
    let sources = sources().into_iter().filter(|source| !NEW.contains(&source.path.as_str()));
    let handlers =
        sources.filter(|source| ["routes/", "plugins/", "http/"].iter().any(|at| source.path.starts_with(at)));
    let openers: Vec<_> = handlers.filter(|source| OPENS.iter().any(|opens| source.text.contains(opens))).collect();
    assert!(openers.len() >= 6);
    for opener in openers {
        assert!(ASKS.iter().any(|asks| opener.text.contains(asks)), "{} opens a session and asks nobody", opener.path);
    }
}

/// The audit trail is added to, and swept once it is old. Nothing else deletes a line, and nothing changes one.
#[test]
fn t89_no_statement_changes_the_audit_trail_and_one_forgets_what_is_old() {
    let mut deletes = Vec::new();
    for source in sources() {
        assert!(!source.text.contains("UPDATE {signet_audit"), "{} changes lines of the audit trail", source.path);
        let count = source.text.matches("DELETE FROM {signet_audit").count();
        deletes.extend(vec![source.path; count]);
    }
    assert_eq!(deletes, ["store/audit/mod.rs"]);
}
