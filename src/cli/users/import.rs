//! `signet users import`: users of another system, or of an export of ours, batch by batch.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::base::Error;
use crate::cli::{Failure, away};
use crate::http::house::House;
use crate::store::bulk::{Existing, Incoming, Put};
use crate::users::import::{Format, Preset, Reader, Rows, UserName, user};

/// How many users are put in one transaction.
const BATCH: usize = 1000;
/// How often a batch is tried while the database is away, a second apart.
const TRIES: u32 = 10;
const BUFFER: usize = 256 * 1024;

#[derive(Args)]
pub struct Import {
    /// The file, JSON Lines or CSV; `-` for standard input.
    file: PathBuf,
    /// Whose format it is: signet, auth0, authjs, clerk, django, firebase, keycloak, passlib, supabase.
    #[arg(long, value_name = "SYSTEM", default_value_t = Preset::Signet)]
    from: Preset,
    /// How the file is written. Without, by its name: `.csv` is CSV.
    #[arg(long)]
    format: Option<FormatChoice>,
    /// What becomes of a line whose address a user has already.
    #[arg(long, default_value = "skip")]
    existing: ExistingChoice,
    /// Where rejected lines are told of, one JSON object each; without, standard error.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// A field of users here that is filled from a path there, e.g. `raw_user_meta_data.plan=plan`. May be repeated.
    #[arg(long = "field", value_name = "FROM=TO", value_parser = pair)]
    fields: Vec<(String, String)>,
    /// Users whose hash cannot be verified come without a password, instead of being rejected.
    #[arg(long)]
    drop_unknown_hashes: bool,
    /// Fields that users do not have here are left out, instead of their lines being rejected.
    #[arg(long)]
    drop_unknown_fields: bool,
    /// Read and check everything, ask the database, and put nobody in.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatChoice {
    Jsonl,
    Csv,
}

#[derive(Clone, Copy, ValueEnum)]
enum ExistingChoice {
    /// The user stays as it is.
    Skip,
    /// The line is rejected.
    Fail,
    /// The user gets what the line has.
    Update,
}

/// What became of the lines.
#[derive(Default)]
struct Tally {
    created: u64,
    updated: u64,
    skipped: u64,
    rejected: u64,
}

pub async fn run(house: &House, user_name: Option<UserName<'_>>, asked: Import) -> Result<(), Failure> {
    check_fields(house, &asked)?;
    let mut rows = Rows::new(open(&asked.file)?, format(&asked)).map_err(|text| said(&asked.file, &text))?;
    let mut rejects = Rejects::open(asked.rejects.as_deref())?;
    let layout = house.store.layout();
    let mut reader = Reader {
        fields: &house.user_fields,
        fits_id: &|id| layout.imports_id("user", id),
        verifies: &|hash| house.passwords.kind_of(hash).is_some(),
        user_name,
        complete: &|more| house.moments.iter().for_each(|plugin| plugin.complete_user(more)),
        drop_unknown_hashes: asked.drop_unknown_hashes,
        // What a preset knows of need not be had here.
        drop_unknown_fields: asked.drop_unknown_fields || asked.from != Preset::Signet,
        are_texts: rows.are_texts(),
        left_out: BTreeMap::new(),
    };
    let mut tally = Tally::default();
    let mut batch: Vec<(u64, Incoming)> = Vec::with_capacity(BATCH);
    loop {
        let row = rows.read().map_err(|text| said(&asked.file, &text))?;
        let is_last = row.is_none();
        if let Some((number, row)) = row {
            let email = row.as_ref().ok().and_then(|row| row.get("email")?.as_str()).map(str::to_owned);
            match row.and_then(|row| read(&mut reader, &asked, &row)) {
                Ok(user) => batch.push((number, user)),
                Err(why) => {
                    tally.rejected += 1;
                    rejects.tell(number, email.as_deref(), &why)?;
                }
            }
        }
        if batch.len() == BATCH || is_last {
            put(house, &asked, std::mem::take(&mut batch), &mut tally, &mut rejects).await?;
            show_progress(&tally);
        }
        if is_last {
            return finish(&asked, &tally, &reader.left_out);
        }
    }
}

fn read(reader: &mut Reader<'_>, asked: &Import, row: &Map<String, Value>) -> Result<Incoming, String> {
    let mut own = asked.from.own(row)?;
    user::fill(&mut own, row, &asked.fields);
    reader.read(own)
}

/// Puts a batch in, patiently: a database may be away for a moment.
async fn put(
    house: &House,
    asked: &Import,
    batch: Vec<(u64, Incoming)>,
    tally: &mut Tally,
    rejects: &mut Rejects,
) -> Result<(), Failure> {
    let (numbers, users): (Vec<u64>, Vec<Incoming>) = batch.into_iter().unzip();
    let mut tries = 1;
    let puts = loop {
        match house.store.put_users(&users, asked.existing.into(), asked.dry_run).await {
            Ok(puts) => break puts,
            Err(Error::Unavailable { .. }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => {
                let line = numbers.first().copied().unwrap_or_default();
                eprintln!("signet: Stopped before line {line}: what came before it is in. The same command goes on.");
                return Err(away(error));
            }
        }
    };
    for ((number, user), put) in numbers.into_iter().zip(&users).zip(puts) {
        match put {
            Put::Created => tally.created += 1,
            Put::Updated => tally.updated += 1,
            Put::Skipped => tally.skipped += 1,
            Put::Refused(why) => {
                tally.rejected += 1;
                rejects.tell(number, Some(&user.email), &why)?;
            }
        }
    }
    rejects.flush()
}

fn finish(asked: &Import, tally: &Tally, left_out: &BTreeMap<String, u64>) -> Result<(), Failure> {
    if tally.all() > 0 && std::io::stderr().is_terminal() {
        eprintln!();
    }
    let (would, Tally { created, updated, skipped, rejected }) =
        (if asked.dry_run { "Nothing was changed. Of" } else { "Of" }, tally);
    println!(
        "{would} {} lines: {created} created, {updated} updated, {skipped} there already, {rejected} rejected.",
        tally.all()
    );
    if !left_out.is_empty() {
        let names: Vec<_> = left_out.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        println!("Left out: {}.", names.join(", "));
    }
    match (rejected, &asked.rejects) {
        (0, _) => Ok(()),
        (_, Some(file)) => Err(Failure::Refused(format!("{rejected} lines were rejected: see {}.", file.display()))),
        (_, None) => Err(Failure::Refused(format!("{rejected} lines were rejected."))),
    }
}

/// For somebody who watches.
fn show_progress(tally: &Tally) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{} lines", tally.all());
    }
}

/// Refuses to fill fields that users do not have.
fn check_fields(house: &House, asked: &Import) -> Result<(), Failure> {
    let fillable = ["id", "email", "emailVerified", "name", "image", "createdAt", "updatedAt", "passwordHash"];
    let is_field = |name: &str| house.user_fields.iter().any(|field| field.name == name);
    match asked.fields.iter().find(|(_, name)| !fillable.contains(&name.as_str()) && !is_field(name)) {
        Some((_, name)) => Err(Failure::Refused(format!(
            "Users have no field `{name}` here: declare it below user.additional_fields, or turn its plugin on."
        ))),
        None => Ok(()),
    }
}

fn format(asked: &Import) -> Format {
    match asked.format {
        Some(FormatChoice::Jsonl) => Format::JsonLines,
        Some(FormatChoice::Csv) => Format::Csv,
        None if asked.file.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv")) => Format::Csv,
        None => Format::JsonLines,
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, std::io::stdin())));
    }
    let opened = File::open(file).map_err(|error| said(file, &format!("It cannot be opened: {error}.")))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, opened)))
}

fn said(file: &Path, text: &str) -> Failure {
    Failure::Refused(format!("{}: {text}", file.display()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('=').ok_or("it is of the form FROM=TO")?;
    if from.is_empty() || to.is_empty() {
        Err("it is of the form FROM=TO".into())
    } else {
        Ok((from.into(), to.into()))
    }
}

impl From<ExistingChoice> for Existing {
    fn from(choice: ExistingChoice) -> Self {
        match choice {
            ExistingChoice::Skip => Self::Skip,
            ExistingChoice::Fail => Self::Refuse,
            ExistingChoice::Update => Self::Update,
        }
    }
}

impl Tally {
    fn all(&self) -> u64 {
        self.created + self.updated + self.skipped + self.rejected
    }
}

/// Where rejected lines are told of. Never with a hash.
struct Rejects {
    output: Box<dyn Write>,
}

impl Rejects {
    fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let output: Box<dyn Write> = match file {
            // Of a try before this one, which told of the same lines.
            Some(file) => {
                let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file);
                Box::new(BufWriter::new(made.map_err(|error| said(file, &format!("It cannot be made: {error}.")))?))
            }
            None => Box::new(std::io::stderr()),
        };
        Ok(Self { output })
    }

    fn tell(&mut self, line: u64, email: Option<&str>, reason: &str) -> Result<(), Failure> {
        let told = match email {
            Some(email) => json!({ "line": line, "email": email, "reason": reason }),
            None => json!({ "line": line, "reason": reason }),
        };
        writeln!(self.output, "{told}").map_err(|error| unwritten(&error))
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush().map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::Refused(format!("The rejected lines cannot be written: {error}."))
}
