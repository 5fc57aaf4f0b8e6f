//! Keycloak: the users of a realm's export, one a line. Their hashes are PBKDF2 or Argon2, written as JSON within JSON; they
//! become passlib's text and PHC text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

use super::{Own, Row, account, first, is_not, joined, objects};
use crate::users::import::text::{json, text};

pub fn user(row: &Row) -> Result<Row, String> {
    if first(row, &["serviceAccountClientId"]).is_some() {
        return Err("This is the account of a service.".to_owned());
    }
    let credentials = objects(row.get("credentials"));
    let password =
        credentials.iter().find(|credential| credential.get("type").and_then(Value::as_str) == Some("password"));
    let links = objects(row.get("federatedIdentities"));
    let own = Own::default()
        .text("id", row, &["id"])
        .text("email", row, &["email"])
        .truth("emailVerified", row, &["emailVerified"])
        .put("name", joined(row, &["firstName", "lastName"]).or_else(|| first(row, &["username"]).and_then(text)))
        .text("username", row, &["username"])
        .moment("createdAt", row, &["createdTimestamp"])
        .put("passwordHash", password.map(|password| hash(password).unwrap_or_else(|| "unknown".to_owned())))
        .banned(is_not(row, &["enabled"]))
        .accounts(links.iter().filter_map(linked).collect());
    Ok(own.0)
}

fn linked(link: &Row) -> Option<Value> {
    let provider = link.get("identityProvider").and_then(text)?;
    let provider = match provider.as_str() {
        "linkedin-openid-connect" => "linkedin",
        other => other,
    };
    Some(account(provider, &link.get("userId").and_then(text)?))
}

/// The text of a hash.
fn hash(credential: &Row) -> Option<String> {
    let object = |name: &str| json(credential.get(name)?)?.as_object().cloned();
    let (data, secret) = (object("credentialData")?, object("secretData")?);
    let bytes = |name: &str| STANDARD.decode(secret.get(name)?.as_str()?).ok();
    let (salt, value) = (bytes("salt")?, bytes("value")?);
    let rounds = data.get("hashIterations").and_then(text)?;
    let (salt, value) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(value));
    let name = match data.get("algorithm")?.as_str()? {
        "pbkdf2" => "pbkdf2",
        "pbkdf2-sha256" => "pbkdf2-sha256",
        "pbkdf2-sha512" => "pbkdf2-sha512",
        "argon2" => {
            let parameters = data.get("additionalParameters")?.as_object()?;
            let parameter = |name: &str| parameters.get(name)?.get(0).and_then(text);
            let version = match parameter("version")?.as_str() {
                "1.3" => 19,
                "1.0" => 16,
                _ => return None,
            };
            let (kind, memory, lanes) = (parameter("type")?, parameter("memory")?, parameter("parallelism")?);
            return Some(format!("$argon2{kind}$v={version}$m={memory},t={rounds},p={lanes}${salt}${value}"));
        }
        _ => return None,
    };
    Some(format!("${name}${rounds}${}${}", salt.replace('+', "."), value.replace('+', ".")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn users_of_a_realm() {
        let file = include_str!("../../../../tests/vectors/import/keycloak.jsonl");
        let users = read(Preset::Keycloak, file, Format::JsonLines);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "0f2a7b0e-8a68-4f0e-9c39-1d5a8ec1f0aa", "email": "ada@example.com", "emailVerified": true,
                "name": "Ada Lovelace", "username": "ada", "createdAt": "2024-01-02T03:04:05.678Z",
                "passwordHash": "$pbkdf2-sha256$27500$FrCpQ/uDi9HX.U57i6kB.w$\
                    tPcF7Rz.O7Zci4LWNTdwbiCO2hcPWN0F40WcPSCBw9OkWRs6LTqRTTB9o5F3LGxmU7cE6KtUnyEg4fdhe6Yukw",
                "accounts": [{"providerId": "google", "accountId": "108123"}],
            }))
        );
        assert_eq!(
            users[1].as_ref().unwrap()["passwordHash"],
            "$argon2id$v=19$m=7168,t=5,p=1$/cOAmGSHpLdwZ3ZQ6T3UPw$oU/qzIk1kdvEWu8nmdcQDNu1LY5MzQMZ5iBfOGuF6Co"
        );
        assert_eq!(users[1].as_ref().unwrap()["name"], "grace");
        assert_eq!(
            (&users[2].as_ref().unwrap()["banned"], &users[2].as_ref().unwrap()["passwordHash"]),
            (&json!(true), &json!("unknown"))
        );
        assert!(users[3].is_err());
    }
}
