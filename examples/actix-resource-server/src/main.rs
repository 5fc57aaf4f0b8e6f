//! Tasks, each of which is its owner's alone.

mod keys;
mod token;
mod user;

use std::env;
use std::sync::Mutex;

use actix_web::web::{Data, Json};
use actix_web::{App, HttpResponse, HttpServer, get, post};
use serde::{Deserialize, Serialize};

use crate::keys::KeySet;
use crate::token::Verifier;
use crate::user::User;

#[derive(Clone, Deserialize, Serialize)]
struct Task {
    title: String,
}

/// Owners and their tasks, in the place of a table.
type Tasks = Mutex<Vec<(String, Task)>>;

#[get("/")]
async fn health() -> &'static str {
    "ok"
}

// region routes
#[get("/tasks")]
async fn list_tasks(user: User, tasks: Data<Tasks>) -> Json<Vec<Task>> {
    let tasks = tasks.lock().expect("no holder panics");
    Json(tasks.iter().filter(|(owner, _)| *owner == user.id).map(|(_, task)| task.clone()).collect())
}

#[post("/tasks")]
async fn add_task(user: User, task: Json<Task>, tasks: Data<Tasks>) -> HttpResponse {
    tasks.lock().expect("no holder panics").push((user.id, task.clone()));
    HttpResponse::Created().json(task)
}
// endregion

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    rustls::crypto::ring::default_provider().install_default().expect("nobody has installed another");
    let setting = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = setting("AUTH_ISSUER", "http://localhost:3000");
    let audience = setting("AUTH_AUDIENCE", &issuer);
    let keys = KeySet::at(&setting("AUTH_JWKS_URL", &format!("{issuer}/api/auth/jwks")));
    let verifier = Data::new(Verifier { keys, issuer, audience });
    let tasks = Data::new(Tasks::default());
    let app = move || {
        let app = App::new().app_data(verifier.clone()).app_data(tasks.clone());
        app.service(health).service(list_tasks).service(add_task)
    };
    HttpServer::new(app).bind(setting("BIND", "127.0.0.1:8000"))?.run().await
}
