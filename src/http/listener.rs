//! The listener: from a socket to requests, with a limit to how many clients there are and how slow they may be.
//!
//! HTTP/1.1 only. HTTP/2 belongs to the proxy that ends TLS; it is not offered in clear.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server};
use actix_web::web::{self, Data};
use tokio::net::TcpStream;

use super::config::ServerConfig;
use super::connection::Connection;
use super::serve::{self, Service};

/// How long the head of a connection's first request may take, from the connection on; answered 408.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long a connection that the server ends is read on, so that the client sees the answer and no reset.
const GOODBYE: Duration = Duration::from_secs(1);

/// Binds the socket. The server answers once it is polled.
pub fn listen(settings: &ServerConfig, service: Data<Service>) -> io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind(settings.bind)?;
    let address = listener.local_addr()?;
    let keep_alive = KeepAlive::Timeout(settings.keep_alive);
    let builder = Server::build()
        .workers(settings.workers)
        // What comes beyond waits in the socket's backlog until a connection ends.
        .max_concurrent_connections((settings.max_connections / settings.workers).max(1))
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("signet", listener, move || {
        let stopping = stopping.clone();
        // Requests of a worker count among themselves who uses the service: a count of all workers is slow for each.
        let service = Rc::new(service.clone());
        let answer = move |request, payload| serve::answer(Rc::clone(&service), request, payload);
        let app = App::new().default_service(web::to(answer));
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(keep_alive)
            // A client that has left is not worked for.
            .h1_allow_half_closed(false)
            .client_request_timeout(HEAD_DEADLINE)
            .client_disconnect_timeout(GOODBYE)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection, data| _ = data.insert(connection.handling()))
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(|stream: TcpStream| async {
            let peer = stream.peer_addr().ok();
            stream.set_nodelay(true).map_err(DispatchError::Io)?;
            Ok((Connection::new(stream), peer))
        })
        .and_then(http)
    })?;
    Ok((address, builder.run()))
}
