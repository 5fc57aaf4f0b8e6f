//! Signet, an identity server that speaks Better Auth's wire protocol. This is its map, floor by floor: a module uses
//! floors of smaller numbers, never its own or those of greater ones.

// Floor 0
/// Time, chance, text, error codes, the error type, additional fields, request ids.
pub mod base;
// Floor 1
/// The configuration: layers, sources, faults, masking.
pub mod config;
/// Passwords, signed cookies, sealing, JOSE: the only users of the crypto crates.
pub mod crypto;
/// The typed events that plugins answer.
pub mod moments;
// Floor 2
/// The log: one event, one line.
pub mod logs;
/// The requests that Signet itself makes.
pub mod outbound;
/// Users, sessions, accounts and verification values in Postgres or SQLite.
pub mod store;
/// A span of OpenTelemetry for each request.
pub mod traces;
// Floor 3
/// The signing keys: their computed states, the ring that requests use, the keeper.
pub mod keyring;
/// Accounts at other providers: OAuth and OpenID Connect as a client.
pub mod oauth;
/// What has to leave, carried until it has.
pub mod outbox;
/// Sessions and their cookies.
pub mod session;
/// Users as they come in and go out.
pub mod users;
// Floor 4
/// Mails: written from templates, sent by SMTP or a webhook.
pub mod mail;
/// The tokens that backends verify: what they say and what signs them.
pub mod tokens;
/// Notices to applications of what happens to users and sessions.
pub mod webhooks;
// Floor 5
/// From a request to a handler and back: body, guards, routes, answers.
pub mod http;
// Floor 6
/// Other services, for which sessions become tokens.
pub mod gateway;
/// Health and metrics.
pub mod ops;
/// The pages that people see.
pub mod pages;
/// The plugins.
pub mod plugins;
/// The core endpoints.
pub mod routes;
// Floor 7
/// Where the parts meet.
pub mod app;
// Floor 8
/// The command line.
pub mod cli;
