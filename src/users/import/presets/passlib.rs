//! Applications that hash with passlib, or that keep users in a table of their own: FastAPI, Flask and others. The names are
//! those that such tables usually have.

use super::{Own, Row, first, is, is_not, joined};
use crate::users::import::text::text;

const HASHES: [&str; 6] = ["hashed_password", "password_hash", "passwordHash", "hashedPassword", "password", "hash"];

pub fn user(row: &Row) -> Result<Row, String> {
    let name = first(row, &["name", "full_name", "fullName", "display_name"]).and_then(text);
    // Passlib's disabled hashes begin with `!` or `*`, and Django's are told apart in the same way.
    let hash = first(row, &HASHES).and_then(text).filter(|hash| !hash.starts_with(['!', '*']));
    let own = Own::default()
        .text("id", row, &["id", "uuid", "user_id"])
        .text("email", row, &["email", "email_address"])
        .truth("emailVerified", row, &["email_verified", "emailVerified", "is_verified", "verified"])
        .put("name", name.or_else(|| joined(row, &["first_name", "last_name"])))
        .text("image", row, &["image", "avatar_url", "avatar", "picture"])
        .text("username", row, &["username", "user_name"])
        .moment("createdAt", row, &["created_at", "createdAt", "date_joined"])
        .moment("updatedAt", row, &["updated_at", "updatedAt"])
        .put("passwordHash", hash)
        .banned(is_not(row, &["is_active", "active", "enabled"]) || is(row, &["disabled", "is_disabled", "blocked"]));
    Ok(own.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn a_table_of_an_application() {
        let file = include_str!("../../../../tests/vectors/import/passlib.csv");
        let users = read(Preset::Passlib, file, Format::Csv);
        assert_eq!(
            users[0],
            Ok(json!({
                "id": "1", "email": "ada@example.com", "name": "Lovelace, Ada", "emailVerified": "t",
                "createdAt": "2024-01-02T03:04:05.678Z",
                "passwordHash": "$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K",
            }))
        );
        assert_eq!(users[1], Ok(json!({"id": "2", "email": "bob@example.com", "emailVerified": "f", "banned": true})));
    }
}
