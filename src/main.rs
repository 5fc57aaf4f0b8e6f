//! The `signet` command.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Gives back to the system what password hashes worked in. glibc's allocator keeps it: after the first block of such a
/// size it no longer maps them by themselves, and its arenas seldom shrink.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    signet::cli::main()
}
