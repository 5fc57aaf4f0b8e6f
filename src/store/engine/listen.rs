//! Hearing Postgres' notifications, on a connection of its own.

use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_secs(1);
/// For one answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// After so long a silence the connection has to prove that it lives.
const SILENCE: Duration = Duration::from_secs(20);

/// A signal for each notification on a channel, and one after each connection, since some may have been missed.
/// Signals that nobody has taken yet count as one. Ends when the receiver is dropped.
pub fn listen(options: PgConnectOptions, channel: &str) -> mpsc::Receiver<()> {
    let (signal, receiver) = mpsc::channel(1);
    let channel = channel.to_owned();
    tokio::spawn(async move {
        let mut told = false;
        while !signal.is_closed() {
            if let Err(error) = attend(&options, &channel, &signal, &mut told).await {
                // Once for each time that it stops.
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!(%error, "notifications of Postgres are not heard: changes show at the next poll");
                }
            }
            tokio::select! {
                () = signal.closed() => {}
                () = sleep(PAUSE) => {}
            }
        }
    });
    receiver
}

async fn attend(
    options: &PgConnectOptions,
    channel: &str,
    signal: &mpsc::Sender<()>,
    told: &mut bool,
) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    in_time(listener.listen(channel)).await?;
    *told = false;
    loop {
        // A full channel holds a signal already.
        let _ = signal.try_send(());
        let heard = loop {
            tokio::select! {
                () = signal.closed() => return Ok(()),
                heard = timeout(SILENCE, listener.try_recv()) => match heard {
                    Ok(heard) => break heard?,
                    Err(_) => { in_time(listener.execute("SELECT 1")).await?; }
                }
            }
        };
        if heard.is_none() {
            return Ok(());
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(PATIENCE, answer).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
