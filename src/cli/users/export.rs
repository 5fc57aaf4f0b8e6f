//! `signet users export`: all users as lines of our own format, page by page.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::{Failure, away};
use crate::http::house::House;
use crate::store::audit::{Action, Line};
use crate::users::import::export;

#[derive(Args)]
pub struct Export {
    /// The file, which must not exist yet; without, standard output.
    file: Option<PathBuf>,
    /// With the hashes of passwords. Who has the file can guess at them.
    #[arg(long)]
    with_hashes: bool,
}

pub async fn run(house: &House, asked: Export) -> Result<(), Failure> {
    let output: Box<dyn Write> = match &asked.file {
        Some(file) => Box::new(
            super::private_file(file)
                .map_err(|error| Failure::Refused(format!("{} cannot be made: {error}.", file.display())))?,
        ),
        None => Box::new(std::io::stdout()),
    };
    // Before anything has left.
    let line = Line::new(Action::UsersExported).with("hashes", asked.with_hashes);
    house.store.audit(line).await.map_err(away)?;
    let mut output = BufWriter::new(output);
    let (mut last, mut count) = (None::<String>, 0_u64);
    loop {
        let page = house.store.page_of_users(last.as_deref()).await.map_err(away)?;
        let Some((user, _)) = page.last() else { break };
        last = Some(user.id.clone());
        for (user, accounts) in page {
            let line = serde_json::Value::Object(export::line(user, &accounts, asked.with_hashes));
            match writeln!(output, "{line}") {
                // Whoever read has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|error| unwritten(&error))?,
            }
            count += 1;
        }
    }
    output.flush().map_err(|error| unwritten(&error))?;
    if let Some(file) = &asked.file {
        println!("Wrote {count} users to {}.", file.display());
    }
    Ok(())
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::Refused(format!("The users cannot be written: {error}."))
}
