//! GET /admin/health: how each part of this replica does, in words for people. What a supervisor asks is `/health/ready` of
//! the operations listener.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::house::House;
use crate::http::readiness::{self, Readiness, Vitals};
use crate::http::reply::Reply;
use crate::keyring::Phase;

pub fn endpoint(vitals: Arc<Vitals>) -> Endpoint {
    Endpoint::get("/admin/health", async move |cx: &Cx, (): ()| health(&vitals, cx).await).always_private()
}

/// One part: how it does, and what there is to say of that.
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    Failing,
    Off,
}

impl Check {
    /// A part that does its work, unless there is a fault.
    fn judged(name: &'static str, fault: Option<&str>, detail: impl FnOnce() -> String) -> Self {
        match fault {
            Some(fault) => Self { name, status: Status::Failing, detail: fault.to_owned() },
            None => Self { name, status: Status::Ok, detail: detail() },
        }
    }

    fn off(name: &'static str, detail: &str) -> Self {
        Self { name, status: Status::Off, detail: detail.to_owned() }
    }

    fn shown(&self) -> Value {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Failing => "failing",
            Status::Off => "off",
        };
        json!({ "name": self.name, "status": status, "detail": self.detail })
    }
}

async fn health(vitals: &Vitals, cx: &Cx) -> Result<Reply> {
    cx.require_admin_or(code::YOU_ARE_NOT_ALLOWED_TO_OPERATE_THE_SERVER).await?;
    let (house, ready) = (&cx.house, readiness::look(&cx.house, vitals).await);
    let checks = [
        database(house, &ready),
        redis(house).await,
        keys(vitals, &ready),
        hashing(house, &ready),
        outbox(vitals, &ready).await,
        Check::judged("process", ready.fault("process"), || "serves requests".to_owned()),
    ];
    let is_well = checks.iter().all(|check| check.status != Status::Failing);
    let shown: Vec<Value> = checks.iter().map(Check::shown).collect();
    Reply::json(&json!({
        "status": if is_well { "ok" } else { "degraded" },
        "version": env!("CARGO_PKG_VERSION"),
        "startedAt": vitals.started_at,
        "checks": shown,
    }))
}

fn database(house: &House, ready: &Readiness) -> Check {
    let pools = house.store.pools();
    let each = pools.iter().map(|pool| format!("{}: {} of {} connections in use", pool.name, pool.in_use, pool.size));
    Check::judged("database", ready.fault("database"), || each.collect::<Vec<_>>().join("; "))
}

/// Without it everything is read from the database, so that it may be away for a while.
async fn redis(house: &House) -> Check {
    let Some(kv) = house.store.kv() else { return Check::off("redis", "there is no secondary storage") };
    let away = "it does not answer; what it is for is read from the database, or done by each replica for itself";
    let is_away = kv.get("signet-health").await.is_err();
    Check::judged("redis", is_away.then_some(away), || "answers".to_owned())
}

fn keys(vitals: &Vitals, ready: &Readiness) -> Check {
    let Some(ring) = &vitals.ring else { return Check::off("keys", "the jwt plugin is off") };
    let signing = || {
        let keys = ring.list().unwrap_or_default();
        let signing = keys.iter().filter(|key| key.phase == Phase::Signing && key.usable);
        signing.map(|key| format!("{} signs ({})", key.kid, key.algorithm)).collect::<Vec<_>>().join("; ")
    };
    Check::judged("keys", ready.fault("keys"), signing)
}

fn hashing(house: &House, ready: &Readiness) -> Check {
    let queue = house.passwords.queue();
    let waiting = || format!("{} of at most {} passwords wait", queue.depth(), queue.limit());
    Check::judged("hashing", ready.fault("hashing"), waiting)
}

/// What waits for longer than it takes to try again was tried, and did not leave.
async fn outbox(vitals: &Vitals, ready: &Readiness) -> Check {
    if ready.fault("database").is_some() {
        return Check::judged("outbox", Some("it is in the database, which does not answer"), String::new);
    }
    let outbox = &vitals.outbox;
    match (outbox.waiting().await, outbox.overdue().await) {
        (Ok(waiting), Ok(overdue)) => {
            let fault = format!("{overdue} of {waiting} messages have waited for minutes; the log says why");
            let detail = || format!("{waiting} messages wait");
            Check::judged("outbox", (overdue > 0).then_some(fault.as_str()), detail)
        }
        (Err(error), _) | (_, Err(error)) => Check::judged("outbox", Some(&error.plain_message()), String::new),
    }
}
