//! The `signet` command as an operator runs it: the real binary, in a directory of its own.

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/doctor_database.rs"]
mod doctor_database;
#[path = "cli/first_run.rs"]
mod first_run;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/misuse.rs"]
mod misuse;
#[path = "cli/place.rs"]
mod place;
#[path = "store/ports.rs"]
mod ports;
#[path = "cli/sessions.rs"]
mod sessions;
#[path = "cli/users.rs"]
mod users;
#[path = "cli/users_import.rs"]
mod users_import;
