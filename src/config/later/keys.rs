//! The tables of what is known and not built yet, in Better Auth's names. What gets built moves from here to a section.

/// Single keys: path, the TOML value that means off (empty: none does), what it is.
pub(super) const KEYS: &[(&str, &str, &str)] = &[
    ("base_url.allowed_hosts", "", "Several hosts served by one process."),
    ("base_url.fallback", "", "The base URL for a host that is not allowed."),
    ("base_url.protocol", "", "The scheme of a base URL that follows the host."),
    ("account.additional_fields", "{}", "Fields beyond the core of an account."),
    ("verification.additional_fields", "{}", "Fields beyond the core of a verification value."),
    ("verification.disable_cleanup", "false", "Expired values left in their table."),
    ("on_api_error.throw", "false", "Errors thrown to the embedding program."),
    ("on_api_error.customize_default_error_page", "{}", "Colours and fonts of the error page."),
    ("advanced.trusted_proxy_headers", "false", "A base URL that follows forwarded headers."),
    ("advanced.cross_sub_domain_cookies.additional_cookies", "[]", "More cookies shared between subdomains."),
    ("advanced.database.default_find_many_limit", "100", "The page size of unpaged lists."),
    ("advanced.database.joins", "false", "Joined queries."),
    ("server.tls_cert", "", "The certificate for TLS without a proxy."),
    ("server.tls_key", "", "Its private key."),
    ("plugins.admin.schema", "{}", "Other names of the plugin's columns."),
    ("plugins.open_api.theme", "", "The look of the page."),
    ("plugins.open_api.nonce", "", "A nonce for the page's scripts, of which it has none."),
    ("plugins.jwt.session_cookie_cache", "false", "The session cookie cache signed with the JWKS key."),
    ("plugins.jwt.jwks.remote_url", "", "A JWKS kept elsewhere."),
    ("plugins.jwt.jwks.key_pair_configs", "[]", "Further algorithms beside the first."),
    ("plugins.username.validation_order", "{}", "Whether names are judged before or after they are normalized."),
    ("plugins.username.schema", "{}", "Other names of the plugin's columns."),
    ("webhooks.endpoints", "[]", "Several receivers of notices."),
];

/// Tables with a switch: path, switch, the switch's value that means off, options, what it is.
pub(super) const PARTS: &[(&str, &str, &str, &str, &str)] =
    &[("telemetry", "enabled", "false", "debug", "Better Auth's usage statistics. Signet sends none.")];

/// Plugins, each with `enabled`: name, options, what it is.
pub(super) const PLUGINS: &[(&str, &str, &str)] = &[
    ("anonymous", "email_domain_name disable_delete_anonymous_user schema", "Users without an address."),
    (
        "api_key",
        "config_id api_key_headers disable_key_hashing starting_characters_config default_key_length default_prefix maximum_prefix_length minimum_prefix_length require_name maximum_name_length minimum_name_length enable_metadata key_expiration rate_limit enable_session_for_api_keys permissions storage fallback_to_database defer_updates references schema",
        "Long-lived keys for programs.",
    ),
    (
        "captcha",
        "provider secret_key secret_key_file site_key endpoints site_verify_url_override min_score expected_action allowed_hostnames",
        "A captcha before sign-in and sign-up.",
    ),
    ("custom_session", "should_mutate_list_device_sessions_endpoint", "Other answers of `/get-session`."),
    (
        "device_authorization",
        "expires_in interval device_code_length user_code_length verification_uri schema",
        "Sign-in of devices without a browser (RFC 8628).",
    ),
    (
        "email_otp",
        "otp_length expires_in send_verification_on_sign_up disable_sign_up allowed_attempts store_otp resend_strategy change_email override_default_email_verification rate_limit",
        "One-time passwords by mail.",
    ),
    ("have_i_been_pwned", "custom_password_compromised_message paths", "Passwords known from leaks are refused."),
    ("last_login_method", "cookie_name max_age store_in_database schema", "Which way the user signed in last."),
    ("magic_link", "expires_in allowed_attempts disable_sign_up rate_limit store_token", "Sign-in by a mailed link."),
    (
        "mcp",
        "resource login_page consent_page refresh_token_reuse_interval scopes",
        "OAuth for Model Context Protocol servers.",
    ),
    ("multi_session", "maximum_sessions", "Several sessions in one browser."),
    ("oauth_popup", "", "Social sign-in in a popup window."),
    (
        "oauth_provider",
        "scopes resources login_page consent_page signup select_account post_login access_token_expires_in m2m_access_token_expires_in id_token_expires_in refresh_token_expires_in refresh_token_reuse_interval code_expires_in scope_expirations allow_dynamic_client_registration allow_unauthenticated_client_registration allow_public_client_prelogin client_registration_default_scopes client_registration_allowed_scopes client_registration_require_pkce client_registration_client_secret_expiration grant_types store_client_secret store_tokens advertised_metadata prefix disable_jwt_plugin rate_limit pairwise_secret dpop schema",
        "An OAuth 2.1 and OpenID provider.",
    ),
    ("oauth_proxy", "current_url production_url max_age secret secret_file", "Social sign-in of preview deployments."),
    ("one_tap", "disable_signup client_id", "Google One Tap."),
    (
        "one_time_token",
        "expires_in disable_client_request disable_set_session_cookie store_token set_ott_header_on_new_session",
        "Tokens that hand a session over once.",
    ),
    (
        "organization",
        "allow_user_to_create_organization organization_limit creator_role membership_limit ac roles dynamic_access_control teams invitation_expires_in invitation_limit cancel_pending_invitations_on_re_invite require_email_verification_on_invitation disable_organization_deletion schema",
        "Organizations, members and teams.",
    ),
    (
        "passkey",
        "rp_id rp_name origin authenticator_selection advanced schema registration authentication",
        "Passkeys (WebAuthn).",
    ),
    (
        "phone_number",
        "otp_length expires_in require_verification sign_up_on_verification allowed_attempts schema",
        "Sign-in by phone number.",
    ),
    ("siwe", "domain email_domain_name anonymous schema", "Sign-in with Ethereum."),
    (
        "sso",
        "provision_user_on_every_login organization_provisioning default_sso default_override_user_info disable_implicit_sign_up model_name fields schema providers_limit trust_email_verified domain_verification redirect_uri saml",
        "Enterprise sign-in by OpenID and SAML.",
    ),
    (
        "two_factor",
        "issuer two_factor_table totp_options otp_options backup_code_options skip_verification_on_enable allow_passwordless schema two_factor_cookie_max_age trust_device_max_age account_lockout",
        "A second factor: TOTP, mailed codes, backup codes.",
    ),
];

/// Better Auth's built-in social providers that are not built in here.
pub(super) const PROVIDERS: &str = "atlassian cognito figma huggingface kakao kick line linear naver notion paybin paypal polar railway roblox salesforce tiktok vercel vk wechat";

/// What a social provider takes: what all do, then what some do.
pub(super) const PROVIDER_OPTIONS: &str = "client_id client_secret client_secret_file scope disable_default_scope redirect_uri authorization_endpoint client_key disable_id_token_sign_in disable_implicit_sign_up disable_sign_up prompt response_mode override_user_info_on_sign_in access_type display hd tenant_id authority issuer domain region user_pool_id app_bundle_identifier audience fields config_id duration permissions environment login_url token_access_type disable_profile_photo profile_photo_size lang";

/// Functions of Better Auth and what stands in their place.
pub(super) const CODE: &[(&str, &str)] = &[
    ("database_hooks", "remove it"),
    ("hooks", "remove it"),
    ("on_api_error.on_error", "errors are logged; remove it"),
    ("advanced.background_tasks", "Signet runs its own tasks; remove it"),
    ("rate_limit.custom_storage", "choose `rate_limit.storage`"),
    ("user.validate_user_info", "remove it"),
    ("user.change_email.send_change_email_confirmation", "mail is sent by `[mail]`; remove it"),
    ("user.delete_user.send_delete_account_verification", "mail is sent by `[mail]`; remove it"),
    ("user.delete_user.before_delete", "remove it"),
    ("user.delete_user.after_delete", "remove it"),
    ("email_verification.send_verification_email", "mail is sent by `[mail]`; remove it"),
    ("email_and_password.send_reset_password", "mail is sent by `[mail]`; remove it"),
    ("email_and_password.password.hash", "choose `email_and_password.password.algorithm`"),
    ("email_and_password.password.verify", "every kind of hash that Better Auth ever made is verified; remove it"),
    ("plugins.jwt.jwt.define_payload", "write the claims in `plugins.jwt.jwt.claims`"),
    ("plugins.jwt.jwt.get_subject", "write it in `plugins.jwt.jwt.subject`"),
    ("plugins.jwt.jwt.sign", "Signet signs with its own keys; remove it"),
    ("plugins.username.username_validator", "names are of letters, digits, `_` and `.`; remove it"),
    ("plugins.username.display_username_validator", "remove it"),
    ("plugins.username.display_username_normalization", "it is kept as it was typed; remove it"),
    ("plugins.jwt.adapter", "keys live in the `jwks` table; remove it"),
];
