//! Firebase Authentication: the users of `firebase auth:export`, one a line. Their hashes name the salt; the project's signer
//! key stands in the configuration.

use serde_json::Value;

use super::{Own, Row, account, first, is, objects};
use crate::users::import::text::text;

/// What every project has had since there are these hashes.
const MEMORY_COST: u8 = 14;
const ROUNDS: u8 = 8;

pub fn user(row: &Row) -> Result<Row, String> {
    let own = Own::default()
        .text("id", row, &["localId"])
        .text("email", row, &["email"])
        .truth("emailVerified", row, &["emailVerified"])
        .text("name", row, &["displayName"])
        .text("image", row, &["photoUrl"])
        .moment("createdAt", row, &["createdAt"])
        .put("passwordHash", hash(row))
        .banned(is(row, &["disabled"]))
        .accounts(objects(row.get("providerUserInfo")).iter().filter_map(linked).collect());
    Ok(own.0)
}

/// Some exports are in the alphabet for URLs.
fn hash(row: &Row) -> Option<String> {
    let part = |name: &str| first(row, &[name]).and_then(text).map(|part| part.replace('-', "+").replace('_', "/"));
    let (hash, salt) = (part("passwordHash")?, part("salt")?);
    Some(format!("$fbscrypt$v=1,n={MEMORY_COST},r={ROUNDS},p=1${salt}${hash}"))
}

fn linked(row: &Row) -> Option<Value> {
    let provider = row.get("providerId").and_then(text)?;
    let provider = match provider.as_str() {
        "password" | "phone" => return None,
        other => other.strip_suffix(".com").unwrap_or(other),
    };
    Some(account(provider, &row.get("rawId").and_then(text)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn users_of_a_project() {
        let file = include_str!("../../../../tests/vectors/import/firebase.jsonl");
        let users = read(Preset::Firebase, file, Format::JsonLines);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "yL3bQ2nJx5XW", "email": "ada@example.com", "emailVerified": true, "name": "Ada Lovelace",
                "image": "https://example.com/ada.png", "createdAt": "2024-01-02T03:04:05.678Z",
                "passwordHash": "$fbscrypt$v=1,n=14,r=8,p=1$42xEC+ixf3L2lw==$\
                    lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
                "accounts": [{"providerId": "google", "accountId": "108123"}],
            }))
        );
        assert_eq!(users[1].as_ref().unwrap()["banned"], true);
    }
}
