//! Better Auth's error codes with their messages, in its own words. The status is given where a code is thrown,
//! since the same code comes with different ones.

/// An error code and the message that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub message: &'static str,
}

macro_rules! codes {
    ($($name:ident: $message:literal,)*) => {
        $(pub const $name: Code = Code { name: stringify!($name), message: $message };)*
    };
}

codes! {
    BAD_REQUEST: "Invalid JSON in request body",
    UNAUTHORIZED: "Unauthorized",
    SESSION_NOT_FRESH: "Session is not fresh",
    SESSION_EXPIRED: "Session expired. Re-authenticate to perform this action.",
    FAILED_TO_GET_SESSION: "Failed to get session",
    FAILED_TO_CREATE_USER: "Failed to create user",
    FAILED_TO_CREATE_SESSION: "Failed to create session",
    METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED: "POST method requires deferSessionRefresh to be enabled in session config",
    INVALID_ORIGIN: "Invalid origin",
    MISSING_OR_NULL_ORIGIN: "Missing or null Origin",
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
    INVALID_CALLBACK_URL: "Invalid callbackURL",
    INVALID_REDIRECT_URL: "Invalid redirectURL",
    INVALID_ERROR_CALLBACK_URL: "Invalid errorCallbackURL",
    INVALID_NEW_USER_CALLBACK_URL: "Invalid newUserCallbackURL",
    EMAIL_PASSWORD_DISABLED: "Email and password is not enabled",
    EMAIL_PASSWORD_SIGN_UP_DISABLED: "Email and password sign up is not enabled",
    INVALID_EMAIL: "Invalid email",
    INVALID_PASSWORD: "Invalid password",
    INVALID_EMAIL_OR_PASSWORD: "Invalid email or password",
    PASSWORD_TOO_SHORT: "Password too short",
    PASSWORD_TOO_LONG: "Password too long",
    PASSWORD_TOO_WEAK: "Password too easy to guess",
    USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "User already exists. Use another email.",
    EMAIL_MISMATCH: "Email mismatch",
    EMAIL_ALREADY_VERIFIED: "Email is already verified",
    CHANGE_EMAIL_DISABLED: "Change email is disabled",
    INVALID_USER: "Invalid user",
    EMAIL_CAN_NOT_BE_UPDATED: "Email can not be updated",
    EMAIL_NOT_VERIFIED: "Email not verified",
    CREDENTIAL_ACCOUNT_NOT_FOUND: "Credential account not found",
    ACCOUNT_NOT_FOUND: "Account not found",
    PROVIDER_NOT_FOUND: "Provider not found",
    PROVIDER_NOT_CONFIGURED: "Account is not associated with a configured social provider.",
    ID_TOKEN_NOT_SUPPORTED: "id_token not supported",
    USER_EMAIL_NOT_FOUND: "User email not found",
    SOCIAL_ACCOUNT_ALREADY_LINKED: "Social account already linked",
    LINKING_NOT_ALLOWED: "Account not linked - linking not allowed",
    LINKING_DIFFERENT_EMAILS_NOT_ALLOWED: "Account not linked - different emails not allowed",
    LINKING_FAILED: "Account not linked - unable to create account",
    ACCESS_TOKEN_NOT_FOUND: "Access token not found",
    REFRESH_TOKEN_NOT_FOUND: "Refresh token not found",
    FAILED_TO_GET_ACCESS_TOKEN: "Failed to get a valid access token",
    FAILED_TO_REFRESH_ACCESS_TOKEN: "Failed to refresh access token",
    FAILED_TO_UNLINK_LAST_ACCOUNT: "You can't unlink your last account",
    FAILED_TO_GET_USER_INFO: "Failed to get user info",
    BANNED_USER: "You have been banned from this application. Please contact support if you believe this is an error.",
    YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS: "You are not allowed to manage keys",
    PROXY_NOT_TRUSTED: "Only a trusted proxy may ask",
    ROLE_REQUIRED: "You do not have the role that this asks for",
    KEY_NOT_FOUND: "Key not found",
    INVALID_TOKEN: "Invalid token",
    VERIFICATION_EMAIL_NOT_ENABLED: "Verification email isn't enabled",
    TOKEN_EXPIRED: "Token expired",
    USER_NOT_FOUND: "User not found",
    RESET_PASSWORD_DISABLED: "Reset password isn't enabled",
    NOT_FOUND: "Not found",
    CONTENT_TOO_LARGE: "The request body is too large",
    REQUEST_TIMEOUT: "The request took too long to arrive",
    SERVICE_UNAVAILABLE: "The service is busy or a store is away. Try again shortly.",
}
