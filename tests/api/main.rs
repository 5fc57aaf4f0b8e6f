//! The server as a client sees it. Modules mirror `src/routes`, `src/plugins` and `src/http`.

mod harness;

mod account_info;
mod callback;
mod captures;
mod change_password;
mod delete_user;
mod error;
mod get_access_token;
mod get_session;
mod http;
mod link_social;
mod list_accounts;
mod list_sessions;
mod ok;
mod openapi;
mod ops;
mod plugins;
mod refresh_token;
mod request_password_reset;
mod reset_password;
mod revoke_other_sessions;
mod revoke_session;
mod revoke_sessions;
mod send_verification_email;
mod session;
mod sign_in;
mod sign_out;
mod sign_up;
mod store;
mod unlink_account;
mod update_session;
mod update_user;
mod verify_email;
mod verify_password;
