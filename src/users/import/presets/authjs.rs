//! Auth.js (NextAuth): rows of its user table, with those of its account table as a list below `accounts`. Adapters write
//! names in capitals, with underscores or in lower case.
//!
//! It has no passwords of its own; an application's are taken from the usual columns.

use serde_json::Value;

use super::{Own, Row, account, first, objects};
use crate::users::import::text::text;

/// Where applications keep a hash.
const HASHES: [&str; 6] =
    ["passwordHash", "password_hash", "passwordhash", "hashedPassword", "hashed_password", "password"];

pub fn user(row: &Row) -> Result<Row, String> {
    // The moment at which it was.
    let verified = first(row, &["emailVerified", "email_verified", "emailverified"]);
    let verified = verified.is_some_and(|value| *value != Value::Bool(false));
    let accounts = ["accounts", "Account"].iter().find_map(|name| row.get(*name));
    let own = Own::default()
        .text("id", row, &["id"])
        .text("email", row, &["email"])
        .put("emailVerified", Some(verified))
        .text("name", row, &["name"])
        .text("image", row, &["image"])
        .moment("createdAt", row, &["createdAt", "created_at"])
        .moment("updatedAt", row, &["updatedAt", "updated_at"])
        .text("username", row, &["username"])
        .text("passwordHash", row, &HASHES)
        .accounts(objects(accounts).iter().filter_map(linked).collect());
    Ok(own.0)
}

fn linked(row: &Row) -> Option<Value> {
    let provider = row.get("provider").and_then(text)?;
    let id = first(row, &["providerAccountId", "provider_account_id", "provideraccountid"]).and_then(text)?;
    let provider = match provider.as_str() {
        // Links by mail and passwords are no accounts at providers.
        "credentials" | "email" | "nodemailer" | "resend" | "sendgrid" | "passkey" => return None,
        "azure-ad" | "microsoft-entra-id" => "microsoft",
        other => other,
    };
    Some(account(provider, &id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn users_with_their_accounts() {
        let file = include_str!("../../../../tests/vectors/import/authjs.jsonl");
        let users = read(Preset::AuthJs, file, Format::JsonLines);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "clx1a2b3c0000", "email": "ada@example.com", "emailVerified": true, "name": "Ada Lovelace",
                "image": "https://example.com/ada.png",
                "accounts": [
                    {"providerId": "github", "accountId": "5550001"}, {"providerId": "microsoft", "accountId": "aad-1"},
                ],
            }))
        );
        assert_eq!(
            users[1],
            Ok(json!({
                "id": "7", "email": "bob@example.com", "emailVerified": false, "name": "Bob",
                "passwordHash": "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5HZqDNCyTOkOLFz8rU1FSQ0UvFt7S",
                "accounts": [{"providerId": "google", "accountId": "108123"}],
            }))
        );
    }
}
