//! Clerk: the CSV file of its dashboard, which has the hashes, or users as its API has them, one a line.

use serde_json::Value;

use super::{Own, Row, account, first, is, joined, objects};
use crate::users::import::text::text;

pub fn user(row: &Row) -> Result<Row, String> {
    let addresses = objects(row.get("email_addresses"));
    let primary = row.get("primary_email_address_id");
    let primary = addresses.iter().find(|address| primary.is_some() && address.get("id") == primary);
    let primary = primary.or_else(|| addresses.first());
    let email = first(row, &["primary_email_address"]).or_else(|| primary?.get("email_address")).and_then(text);
    let in_list = |email: &String| {
        let list = row.get("verified_email_addresses").and_then(text).unwrap_or_default();
        list.split([',', ';', '|', ' ']).any(|entry| entry.eq_ignore_ascii_case(email))
    };
    let status = primary.and_then(|address| address.get("verification")?.get("status")?.as_str());
    let verified = status == Some("verified") || email.as_ref().is_some_and(in_list);
    let accounts = objects(row.get("external_accounts"));
    let own = Own::default()
        .text("id", row, &["id"])
        .put("email", email)
        .put("emailVerified", Some(verified))
        .put("name", joined(row, &["first_name", "last_name"]).or_else(|| first(row, &["username"]).and_then(text)))
        .text("image", row, &["image_url"])
        .text("username", row, &["username"])
        .moment("createdAt", row, &["created_at"])
        .moment("updatedAt", row, &["updated_at"])
        .put("passwordHash", hash(row))
        .banned(is(row, &["banned"]))
        .accounts(accounts.iter().filter_map(linked).collect());
    Ok(own.0)
}

/// Hashes that were imported there and never used have forms of their own: of those, Firebase's is rewritten.
fn hash(row: &Row) -> Option<String> {
    let digest = first(row, &["password_digest"]).and_then(text)?;
    if row.get("password_hasher").and_then(Value::as_str) != Some("scrypt_firebase") {
        return Some(digest);
    }
    match digest.split('$').collect::<Vec<_>>().as_slice() {
        [hash, salt, key, separator, rounds, cost] => {
            Some(format!("$fbscrypt$v=1,n={cost},r={rounds},p=1,ss={separator},sk={key}${salt}${hash}"))
        }
        _ => Some(digest),
    }
}

fn linked(row: &Row) -> Option<Value> {
    let provider = row.get("provider").and_then(text)?;
    let id = first(row, &["provider_user_id", "google_id"]).and_then(text)?;
    Some(account(provider.strip_prefix("oauth_").unwrap_or(&provider), &id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn the_dashboards_csv() {
        let file = include_str!("../../../../tests/vectors/import/clerk.csv");
        let users = read(Preset::Clerk, file, Format::Csv);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "user_2NNEqL2nrIRdJ194ndJqAHwEfxC", "email": "ada@example.com", "emailVerified": true,
                "name": "Ada Lovelace", "username": "ada",
                "passwordHash": "$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5HZqDNCyTOkOLFz8rU1FSQ0UvFt7S",
            }))
        );
        assert_eq!(
            users[1],
            Ok(json!({
                "id": "user_2NNEqL2nrIRdJ194ndJqAHwEfxD", "email": "bob@example.com", "emailVerified": false,
                "name": "Bob",
                "passwordHash": "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=c2lnbmVy$c2FsdA==$aGFzaA==",
            }))
        );
    }

    #[test]
    fn users_of_the_api() {
        let file = include_str!("../../../../tests/vectors/import/clerk.jsonl");
        assert_eq!(
            read(Preset::Clerk, file, Format::JsonLines)[0],
            Ok(json!({
                "id": "user_2NNEqL2nrIRdJ194ndJqAHwEfxC", "email": "ada@example.com", "emailVerified": true,
                "name": "Ada Lovelace", "image": "https://example.com/ada.png", "createdAt": "2024-01-02T03:04:05.678Z",
                "updatedAt": "2024-01-02T03:04:05.679Z", "banned": true,
                "accounts": [{"providerId": "google", "accountId": "108123"}],
            }))
        );
    }
}
