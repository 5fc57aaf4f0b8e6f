//! Auth0: users of its export (one a line), and of the export of password hashes that its support hands out. They are two
//! files: hashes come first, then the other with `--existing update`, which adds names and accounts at providers.

use serde_json::Value;

use super::{Own, Row, account, first, is, joined, objects};
use crate::users::import::text::text;

pub fn user(row: &Row) -> Result<Row, String> {
    // The file of hashes may have an address here alone.
    let identifiers = objects(row.get("identifiers"));
    let address = identifiers.iter().find(|entry| entry.get("type").and_then(Value::as_str) == Some("email"));
    let email = first(row, &["email", "Email"]).or_else(|| address?.get("value"));
    let verified = first(row, &["email_verified", "Email Verified"]).or_else(|| address?.get("verified"));
    let own = Own::default()
        .put("id", id(row))
        .put("email", email.and_then(text))
        .put("emailVerified", verified.cloned())
        .put(
            "name",
            first(row, &["name", "Name"]).and_then(text).or_else(|| joined(row, &["given_name", "family_name"])),
        )
        .text("image", row, &["picture", "Picture"])
        .text("username", row, &["username"])
        .moment("createdAt", row, &["created_at", "Created At"])
        .moment("updatedAt", row, &["updated_at", "Updated At"])
        .text("passwordHash", row, &["passwordHash", "password_hash"])
        .banned(is(row, &["blocked"]))
        .accounts(objects(row.get("identities")).iter().filter_map(identity).collect());
    Ok(own.0)
}

fn id(row: &Row) -> Option<String> {
    if let Some(id) = first(row, &["user_id", "Id", "id"]) {
        return text(id);
    }
    let id = first(row, &["alt_id"]).or_else(|| row.get("_id")?.get("$oid"))?;
    Some(format!("auth0|{}", text(id)?))
}

/// At a provider; those of Auth0's own databases, of mailed codes and of telephones are none.
fn identity(identity: &Row) -> Option<Value> {
    let provider = identity.get("provider").and_then(text)?;
    let provider = match provider.as_str() {
        "auth0" | "email" | "sms" => return None,
        "google-oauth2" => "google",
        "windowslive" | "waad" => "microsoft",
        other => other,
    };
    Some(account(provider, &identity.get("user_id").and_then(text)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn users_and_hashes() {
        let file = include_str!("../../../../tests/vectors/import/auth0.jsonl");
        let users = read(Preset::Auth0, file, Format::JsonLines);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "auth0|5dea9f9c82dd7c0e76e4ec93", "email": "ada@example.com", "emailVerified": true,
                "passwordHash": "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5HZqDNCyTOkOLFz8rU1FSQ0UvFt7S",
            }))
        );
        assert_eq!(
            users[1],
            Ok(json!({
                "id": "auth0|euclid", "email": "euclid@example.com", "emailVerified": false,
                "passwordHash": "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5HZqDNCyTOkOLFz8rU1FSQ0UvFt7S",
            }))
        );
        assert_eq!(
            users[2],
            Ok(json!({
                "id": "auth0|5dea9f9c82dd7c0e76e4ec93", "email": "ada@example.com", "emailVerified": true,
                "name": "Ada Lovelace", "image": "https://example.com/ada.png", "createdAt": "2019-12-06T18:36:12.412Z",
                "updatedAt": "2024-01-02T03:04:05.000Z", "banned": true,
                "accounts": [{"providerId": "google", "accountId": "108123"}],
            }))
        );
    }
}
