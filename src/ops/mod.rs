//! The operations listener: whether the server lives, whether it is ready, and what it counts. It is another listener than
//! the clients', so that what is meant for operators is reachable from where they are and from nowhere else.

mod exposition;
pub mod metrics;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};

use crate::http::readiness::{self, Vitals};
use crate::http::serve::Service;

/// What the listener looks at.
pub struct Ops {
    pub service: Data<Service>,
    pub vitals: Arc<Vitals>,
}

/// Listens. The server that comes back has to be awaited, as any of actix.
pub fn listen(ops: Ops, bind: SocketAddr) -> io::Result<(SocketAddr, Server)> {
    let ops = Data::new(ops);
    let app = move || {
        App::new()
            .app_data(ops.clone())
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/metrics", web::get().to(metrics))
    };
    let server = HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals().bind(bind)?;
    let address = server.addrs().first().copied().unwrap_or(bind);
    Ok((address, server.run()))
}

/// 200 for as long as there is a process to say so.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "live": true }))
}

/// 200 or 503, and why.
async fn ready(ops: Data<Ops>) -> HttpResponse {
    let readiness = readiness::look(&ops.service.house, &ops.vitals).await;
    let mut answer = if readiness.is_ready() { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.insert_header(("cache-control", "no-store")).json(readiness.to_json())
}

async fn metrics(ops: Data<Ops>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics::render(&ops).await)
}
