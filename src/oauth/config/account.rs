//! `[account]`: how accounts at providers are linked to users, and what is kept of their tokens.

use crate::config::Section;

/// Accounts at providers.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    pub linking: LinkingConfig,
    /// Whether each sign-in renews the tokens that are kept.
    pub update_account_on_sign_in: bool,
    /// Whether tokens are sealed before they are kept.
    pub encrypt_oauth_tokens: bool,
    /// Whether a flow may end in a browser that did not begin it.
    pub skip_state_cookie_check: bool,
    /// Whether a flow's state is an encrypted cookie, and no row.
    pub state_in_cookie: bool,
    /// Whether the last account that was signed in with is kept in a cookie.
    pub store_account_cookie: bool,
}

/// When an account becomes one of a user's who is there already.
#[derive(Clone, Debug)]
pub struct LinkingConfig {
    pub enabled: bool,
    pub disable_implicit_linking: bool,
    pub require_local_email_verified: bool,
    /// Whose word on an address is taken though they have not verified it.
    pub trusted_providers: Vec<String>,
    pub allow_different_emails: bool,
    pub allow_unlinking_all: bool,
    pub update_user_info_on_link: bool,
}

impl AccountConfig {
    /// Reads `[account]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("account");
        let doc = "Each social sign-in renews the provider's tokens that are kept.";
        let update_account_on_sign_in = section.bool("update_account_on_sign_in", true, doc);
        let doc = "Providers' tokens are encrypted before they are kept. Those that are there already stay readable.";
        let encrypt_oauth_tokens = section.bool("encrypt_oauth_tokens", false, doc);
        let doc = "A social sign-in may end in a browser that did not begin it, which lets anybody sign others in as \
                   themselves.";
        let skip_state_cookie_check = section.bool("skip_state_cookie_check", false, doc);
        if skip_state_cookie_check {
            section.warn("skip_state_cookie_check", "lets a link sign its reader in as somebody else; leave it out");
        }
        let doc = "The provider's tokens are kept in an encrypted cookie too. Always so without a database.";
        let store_account_cookie = section.bool("store_account_cookie", false, doc);
        let doc = "Where the state of a social sign-in is kept while the user is at the provider.";
        let state_in_cookie =
            section.choice("store_state_strategy", &[("database", false), ("cookie", true)], &[], doc);
        let linking = LinkingConfig::read(&mut section.table("account_linking"));
        Self {
            linking,
            update_account_on_sign_in,
            encrypt_oauth_tokens,
            skip_state_cookie_check,
            state_in_cookie,
            store_account_cookie,
        }
    }
}

impl LinkingConfig {
    fn read(section: &mut Section<'_>) -> Self {
        let enabled = section.bool("enabled", true, "Users may have several accounts.");
        let doc = "A sign-in never links an account to the user of its address; only `/link-social` does.";
        let disable_implicit_linking = section.bool("disable_implicit_linking", false, doc);
        let doc = "A sign-in links an account only to a user who has verified the address here.";
        let require_local_email_verified = section.bool("require_local_email_verified", true, doc);
        let doc =
            "Providers whose addresses count as verified. Name none that lets its users choose an address freely.";
        let trusted_providers = section.list("trusted_providers", &[], doc);
        let doc = "`/link-social` takes accounts with another address than the user's.";
        let allow_different_emails = section.bool("allow_different_emails", false, doc);
        let doc = "`/unlink-account` takes the last account too, after which the user cannot sign in.";
        let allow_unlinking_all = section.bool("allow_unlinking_all", false, doc);
        let doc = "A user's name and image become those of the account that is linked.";
        let update_user_info_on_link = section.bool("update_user_info_on_link", false, doc);
        Self {
            enabled,
            disable_implicit_linking,
            require_local_email_verified,
            trusted_providers,
            allow_different_emails,
            allow_unlinking_all,
            update_user_info_on_link,
        }
    }
}
