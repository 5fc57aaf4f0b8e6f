//! The least that an actix handler can do.

use actix_web::{App, HttpResponse, HttpServer, web};

/// Serves a constant of the size of a JWKS on a free port, which it prints.
pub async fn serve() {
    let server = HttpServer::new(|| App::new().default_service(web::to(answer)));
    let server = server.bind("127.0.0.1:0").expect("a free port");
    println!("{}", server.addrs()[0]);
    server.run().await.expect("it serves");
}

async fn answer() -> HttpResponse {
    HttpResponse::Ok().insert_header(("content-type", "application/json")).body(vec![b' '; 145])
}
