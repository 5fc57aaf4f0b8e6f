//! The core endpoints, one file each, in folders shaped like their URLs.

mod account_info;
mod callback;
mod change_email;
mod change_password;
mod delete_user;
mod error;
mod get_access_token;
mod get_session;
mod link_social;
mod list_accounts;
mod list_sessions;
mod ok;
mod refresh_token;
mod request_password_reset;
mod reset_password;
mod revoke_other_sessions;
mod revoke_session;
mod revoke_sessions;
mod send_verification_email;
mod sign_in;
mod sign_out;
mod sign_up;
mod unlink_account;
mod update_session;
mod update_user;
mod verify_email;
mod verify_password;

use crate::http::endpoint::Endpoint;

/// All core endpoints.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        ok::endpoint(),
        error::endpoint(),
        sign_up::email::endpoint(),
        sign_in::email::endpoint(),
        sign_in::social::endpoint(),
        callback::id::endpoint(),
        callback::id::endpoint_for_post(),
        sign_out::endpoint(),
        get_session::endpoint(),
        get_session::endpoint_for_post(),
        list_sessions::endpoint(),
        revoke_session::endpoint(),
        revoke_sessions::endpoint(),
        revoke_other_sessions::endpoint(),
        update_user::endpoint(),
        update_session::endpoint(),
        change_email::endpoint(),
        change_password::endpoint(),
        verify_password::endpoint(),
        delete_user::endpoint(),
        delete_user::callback::endpoint(),
        list_accounts::endpoint(),
        link_social::endpoint(),
        unlink_account::endpoint(),
        get_access_token::endpoint(),
        refresh_token::endpoint(),
        account_info::endpoint(),
        verify_email::endpoint(),
        send_verification_email::endpoint(),
        request_password_reset::endpoint(),
        reset_password::endpoint(),
        reset_password::token::endpoint(),
    ]
}
