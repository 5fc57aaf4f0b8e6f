//! `signet backup`: a copy of the SQLite database, also while a server runs on it.

use std::path::Path;

use super::{Failure, secret};
use crate::app::Config;
use crate::store::backup::backup;
use crate::store::config::DatabaseUrl;

pub async fn run(config: &Config, file: &Path) -> Result<(), Failure> {
    let DatabaseUrl::Sqlite(database) = &config.database.url else {
        return Err(Failure::Refused(format!(
            "The database is Postgres, which is backed up with its own tools: \
             pg_dump --format=custom --file={} \"$DATABASE_URL\"",
            file.display()
        )));
    };
    let size = backup(database, file).await.map_err(|error| Failure::Refused(error.to_string()))?;
    let generated = config.secrets.secret.is_none() && config.secrets.secrets.is_empty();
    let secret = if generated { format!("The secret in {}", secret::FILE) } else { "The secret".to_owned() };
    println!("Copied {} to {}, {size} bytes.", database.display(), file.display());
    println!("{secret} is not in it. Keep that too, in another place: without it the keys and cookies are of no use.");
    Ok(())
}
