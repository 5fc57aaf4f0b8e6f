//! Supabase Auth: rows of `auth.users`, with those of `auth.identities` as a list below `identities`.
//!
//! Hashes are bcrypt, or what was imported there: `$argon2…`, `$fbscrypt$…`.

use serde_json::Value;

use super::{Own, Row, account, first, objects};
use crate::users::import::text::{json, moment, text};

pub fn user(row: &Row) -> Result<Row, String> {
    if first(row, &["deleted_at"]).is_some() {
        return Err("The user was deleted there.".to_owned());
    }
    let meta = match row.get("raw_user_meta_data").and_then(json) {
        Some(Value::Object(meta)) => meta,
        _ => Row::new(),
    };
    let confirmed = first(row, &["email_confirmed_at", "confirmed_at"]).is_some();
    let until = first(row, &["banned_until"]).and_then(moment);
    let own = Own::default()
        .text("id", row, &["id"])
        .text("email", row, &["email"])
        .put("emailVerified", Some(confirmed))
        .text("name", &meta, &["full_name", "name", "display_name", "user_name"])
        .text("image", &meta, &["avatar_url", "picture"])
        .moment("createdAt", row, &["created_at"])
        .moment("updatedAt", row, &["updated_at"])
        .text("passwordHash", row, &["encrypted_password"])
        .banned(until.is_some())
        .put("banExpires", until.map(|moment| moment.to_string()))
        .accounts(objects(row.get("identities")).iter().filter_map(identity).collect());
    Ok(own.0)
}

/// Of a provider that has the user. Addresses and telephone numbers are identities there too.
fn identity(identity: &Row) -> Option<Value> {
    let provider = identity.get("provider").and_then(text)?;
    let data = match identity.get("identity_data").and_then(json) {
        Some(Value::Object(data)) => data,
        _ => Row::new(),
    };
    // Of old the row's own id was the provider's.
    let id = first(identity, &["provider_id"]).or_else(|| first(&data, &["sub"])).or_else(|| first(identity, &["id"]));
    let provider = match provider.as_str() {
        "email" | "phone" => return None,
        "azure" => "microsoft",
        "linkedin_oidc" => "linkedin",
        "slack_oidc" => "slack",
        other => other,
    };
    Some(account(provider, &text(id?)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn users_with_their_identities() {
        let file = include_str!("../../../../tests/vectors/import/supabase.jsonl");
        let users = read(Preset::Supabase, file, Format::JsonLines);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "8f14e45f-ceea-467f-a5ab-0d0e5c1f7a10", "email": "ada@example.com", "emailVerified": true,
                "name": "Ada Lovelace", "image": "https://example.com/ada.png", "createdAt": "2024-01-02T03:04:05.678Z",
                "updatedAt": "2024-02-03T04:05:06.000Z",
                "passwordHash": "$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5HZqDNCyTOkOLFz8rU1FSQ0UvFt7S",
                "accounts": [
                    {"providerId": "google", "accountId": "108123"}, {"providerId": "microsoft", "accountId": "aad-1"},
                ],
            }))
        );
        assert_eq!(
            users[1],
            Ok(json!({
                "id": "45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad26", "email": "eve@example.com", "emailVerified": false,
                "createdAt": "2024-01-02T03:04:05.000Z", "banned": true, "banExpires": "2124-01-01T00:00:00.000Z",
            }))
        );
        assert_eq!(users[2], Err("The user was deleted there.".to_owned()));
    }

    #[test]
    fn the_dashboards_csv() {
        let file = "id,email,email_confirmed_at,created_at,raw_user_meta_data\n\
            x1,bob@example.com,2024-01-02 03:04:05+00,2024-01-02 03:04:05.5+00,\"{\"\"name\"\": \"\"Bob\"\"}\"\n";
        assert_eq!(
            read(Preset::Supabase, file, Format::Csv)[0],
            Ok(json!({
                "id": "x1", "email": "bob@example.com", "emailVerified": true, "name": "Bob",
                "createdAt": "2024-01-02T03:04:05.500Z",
            }))
        );
    }
}
