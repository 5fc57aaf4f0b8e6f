//! How long a refusal takes tells nobody who has an account.

use std::time::Instant;

use super::sign_in;
use crate::harness::Server;

/// A hash of some milliseconds, several times all else that a request costs.
const COST: &str = "[email_and_password.password]\nmemory_kib = 8192\niterations = 2\nthreads = 1";
const ROUNDS: usize = 40;
/// The share of the slowest measurements that is left out: those that something else held up.
const TRIMMED: usize = ROUNDS / 8;
/// |t| from which on a difference counts as one, as dudect has it.
const THRESHOLD: f64 = 4.5;

/// Refusals in turns, so that whatever else the machine does meets all kinds alike: milliseconds for each address.
async fn measure<const N: usize>(server: &Server, emails: [&str; N]) -> [Vec<f64>; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (times, email) in times.iter_mut().zip(emails) {
            let started = Instant::now();
            assert_eq!(sign_in(&mut server.browser(), email, "not the password").await.status, 401);
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times.truncate(ROUNDS - TRIMMED);
        times
    })
}

/// Welch's t of two samples.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let moments = |sample: &[f64]| {
        let (count, sum) = (sample.len() as f64, sample.iter().sum::<f64>());
        let mean = sum / count;
        let variance = sample.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}

#[actix_web::test]
async fn t16_the_time_of_a_refusal_does_not_tell_whether_a_user_or_a_password_exists() {
    let server = Server::with(COST).await;
    for name in ["Ada", "Social", "Imported"] {
        server.member(name).await;
    }
    let set = "UPDATE {account} SET {account:password} = $2 WHERE {account.userId} IN \
        (SELECT {user.id} FROM {user} WHERE {user.email} = $1)";
    server.sql(set, &["social@example.com".into(), None::<String>.into()]).await;
    // Hashed when other parameters were configured; the first sign-in makes the kind known.
    let cheap = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    server.sql(set, &["imported@example.com".into(), cheap.into()]).await;
    sign_in(&mut server.browser(), "imported@example.com", "not the password").await;
    let kinds = ["missing@example.com", "ada@example.com", "social@example.com", "imported@example.com"];
    // The control: a second missing user. What differs there is noise, and noise does not come back three times.
    let emails = [kinds[0], kinds[1], kinds[2], kinds[3], "absent@example.com"];
    let mut worst = Vec::new();
    for _ in 0..3 {
        let [missing, with_password, without, imported, control] = measure(&server, emails).await;
        let noise = welch(&missing, &control).abs();
        let seen = [with_password, without, imported].map(|times| welch(&missing, &times).abs());
        let differs = seen.iter().any(|t| *t > THRESHOLD.max(2.0 * noise));
        worst.push((noise, seen));
        if !differs {
            return;
        }
    }
    panic!(
        "|t| of the control, and of wrong password, no password, imported hash, each against a missing user: {worst:?}"
    );
}
