//! How many clients may be connected: fewer than this process may open files, for the database needs some too.

use rustix::process::{Resource, getrlimit};

use super::size;
use crate::config::Section;

/// Where the system sets no limit.
const PLENTY: u64 = 65_536;

/// Reads `max_connections`.
pub fn read(section: &mut Section<'_>) -> usize {
    const NAME: &str = "max_connections";
    let files = getrlimit(Resource::Nofile).current.unwrap_or(PLENTY);
    let doc = "Clients that may be connected at a time; more wait until one leaves.";
    let unset = "three quarters of the limit of open files, at most 49152";
    let wanted = section.optional_integer(NAME, unset, 1..=10_000_000, doc);
    if wanted.is_some_and(|wanted| wanted.unsigned_abs() >= files) {
        let text = format!("is not below {files}, the limit of open files; raise that (`ulimit -n`, `LimitNOFILE=`)");
        section.refuse(NAME, text);
    }
    let connections = wanted.map_or_else(|| ours(files), size);
    section.resolve(NAME, connections.to_string());
    connections
}

/// The clients' share of the files.
fn ours(files: u64) -> usize {
    let files = usize::try_from(files.min(PLENTY)).unwrap_or(usize::MAX);
    (files / 4 * 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t87_the_clients_leave_files_for_the_database() {
        assert_eq!([1_024, 20_000, 1_048_576, u64::MAX, 3].map(ours), [768, 15_000, 49_152, 49_152, 1]);
    }
}
