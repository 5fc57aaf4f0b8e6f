//! What a server mails, by its webhook: an application that keeps it, or refuses it for a while.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

use super::Server;

/// A mail as it was posted.
#[derive(Clone, Debug)]
pub struct Mail {
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub body: Value,
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A text of the body.
    pub fn text_of(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.body))
    }

    /// The link below the base path, as a browser of the harness takes it.
    pub fn path(&self) -> String {
        let (_, path) = self.text_of("url").split_once("/api/auth").expect("a link below the base path");
        path.to_owned()
    }
}

#[derive(Default)]
struct Kept {
    /// What is answered; 0 for 200.
    status: AtomicU16,
    mails: Mutex<Vec<Mail>>,
    refused: Mutex<Vec<Mail>>,
}

/// Where mails arrive.
pub struct Mailbox {
    address: SocketAddr,
    kept: Arc<Kept>,
    handle: ServerHandle,
}

impl Mailbox {
    pub async fn open() -> Self {
        let kept = Arc::new(Kept::default());
        let shared = web::Data::from(Arc::clone(&kept));
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).route("/mail", web::post().to(take)));
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, kept, handle }
    }

    /// The configuration of a server that mails here.
    pub fn toml(&self) -> String {
        format!("[mail]\ntransport = \"webhook\"\nwebhook_url = \"http://{}/mail\"\n", self.address)
    }

    /// The configuration of a server that posts its notices here. It comes before all tables; `more` keys of `[webhooks]`.
    pub fn notices(&self, more: &str) -> String {
        format!("webhooks = {{ enabled = true, url = \"http://{}/mail\"{more} }}\n", self.address)
    }

    /// Answers with this status from now on, and keeps only what it answers with 200.
    pub fn answer(&self, status: u16) {
        self.kept.status.store(status, Ordering::SeqCst);
    }

    /// What was refused so far.
    pub fn refused(&self) -> Vec<Mail> {
        self.kept.refused.lock().expect("a lock").clone()
    }

    /// The first mail that it refuses, once it has.
    pub async fn first_refused(&self) -> Mail {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(mail) = self.refused().into_iter().next() {
                return mail;
            }
            assert!(Instant::now() < until, "nothing is refused");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// All that a server has to mail, once it has left.
    pub async fn all(&self, server: &Server) -> Vec<Mail> {
        let until = Instant::now() + Duration::from_secs(60);
        while server.parts().outbox.waiting().await.expect("a number") > 0 {
            assert!(Instant::now() < until, "what is to be mailed does not leave");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mails = std::mem::take(&mut *self.kept.mails.lock().expect("a lock"));
        for mail in &mails {
            server.secrets.add("a mailed token", mail.body["token"].as_str().unwrap_or_default());
        }
        mails
    }

    /// The one mail that a server has to send.
    pub async fn one(&self, server: &Server) -> Mail {
        let mut mails = self.all(server).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn take(kept: web::Data<Kept>, request: HttpRequest, body: String) -> HttpResponse {
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().expect("text").to_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mail = Mail { headers, body: serde_json::from_str(&body).expect("JSON"), text: body };
    match kept.status.load(Ordering::SeqCst) {
        0 | 200 => {
            kept.mails.lock().expect("a lock").push(mail);
            HttpResponse::Ok().finish()
        }
        status => {
            kept.refused.lock().expect("a lock").push(mail);
            HttpResponse::build(StatusCode::from_u16(status).expect("a status")).finish()
        }
    }
}
