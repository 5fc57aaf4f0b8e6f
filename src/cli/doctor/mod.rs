//! `signet doctor`: looks for faults in what is around the server.

mod battery;
mod database;
mod probe;
mod report;
mod source;
mod trap;

use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};

use self::probe::Probe;
use self::report::Report;
use self::source::Source;
use self::trap::Trap;
use super::Failure;
use crate::app::Config;

#[derive(Subcommand)]
pub enum Doctor {
    /// Send hostile tokens to an endpoint that takes Signet's tokens, and say which of them it accepts.
    ///
    /// Exit code: 0 it accepts a good token and none that it must refuse, 1 it accepts one of those, 2 nothing can be
    /// said, mostly because it refuses a good token.
    Verifier(VerifierArgs),
    /// Look at a Better Auth database, or any that Signet is to open, and say what will become of its users. It changes
    /// nothing.
    ///
    /// Exit code: 0 nobody is logged out, locked out or let in, 1 somebody would be, 2 the command line or the
    /// configuration is wrong, 3 the database is away.
    Database(database::DatabaseArgs),
}

#[derive(Args)]
pub struct VerifierArgs {
    /// An address that answers 2xx to whoever has a good token, and anything else to the rest.
    url: String,
    /// The template of [plugins.jwt.templates] whose tokens it takes; without, the default token.
    #[arg(long)]
    template: Option<String>,
    /// The id of the user whom the tokens name; without, somebody who does not exist.
    #[arg(long)]
    user: Option<String>,
    /// The header that holds the token in the place of `{}`.
    #[arg(long, default_value = "Authorization: Bearer {}")]
    header: String,
    /// The method of the requests.
    #[arg(long, default_value = "GET")]
    method: String,
    /// Where the doctor listens for whoever fetches the keys that a token names. It has to be reachable from there.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: String,
    /// Milliseconds between requests, for endpoints with a rate limit.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pause: u64,
    /// Exit with 1 also for what should be refused, and for a token that the endpoint fails at with 5xx.
    #[arg(long)]
    strict: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub async fn run(file: Option<&Path>, command: Doctor) -> Result<(), Failure> {
    match command {
        Doctor::Verifier(args) => verifier(super::with_database(file)?, args).await,
        Doctor::Database(args) => database::run(file, args).await,
    }
}

async fn verifier(config: Config, args: VerifierArgs) -> Result<(), Failure> {
    let probe = Probe::new(&args.url, &args.method, &args.header, Duration::from_millis(args.pause))?;
    let source = Source::open(config, args.template.as_deref(), args.user.as_deref()).await?;
    let trap = Trap::open(&args.listen, source.own_keys()).await?;
    let cases = battery::cases(&source, &trap).await?;
    let control = probe.send(Some(&source.good().await?)).await;
    let mut report = Report::new(&args.url, args.template.as_deref(), control);
    if report.control_is_accepted() {
        for case in cases {
            let answer = probe.send(case.token.as_deref()).await;
            report.note(case, answer);
        }
        // Who fetches keys may do so behind the answer.
        tokio::time::sleep(Duration::from_millis(200)).await;
        report.note_fetched(&trap);
        report.end(probe.send(Some(&source.good().await?)).await);
    }
    report.print(args.json);
    report.judge(args.strict)
}
