//! Django: `manage.py dumpdata auth.user --format jsonl`, or rows of the table. A user model of an application's own has the
//! same names for what there is.

use serde_json::Value;

use super::{Own, Row, first, is_not, joined};
use crate::users::import::text::text;

pub fn user(row: &Row) -> Result<Row, String> {
    // A dump has the columns below `fields`, and the key beside them.
    let fields = row.get("fields").and_then(Value::as_object).unwrap_or(row);
    let name = joined(fields, &["first_name", "last_name"]);
    // What begins with `!` or is empty stands for no password.
    let hash = first(fields, &["password"]).and_then(text).filter(|hash| !hash.starts_with('!'));
    let own = Own::default()
        .put("id", first(row, &["pk", "id"]).and_then(text))
        .text("email", fields, &["email"])
        .truth("emailVerified", fields, &["email_verified", "is_verified"])
        .put("name", name.or_else(|| first(fields, &["name", "full_name", "username"]).and_then(text)))
        .text("username", fields, &["username"])
        .moment("createdAt", fields, &["date_joined", "created_at"])
        .put("passwordHash", hash)
        .banned(is_not(fields, &["is_active"]));
    Ok(own.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Preset;
    use super::super::tests::read;
    use crate::users::import::Format;

    #[test]
    fn a_dump_and_a_table() {
        let file = include_str!("../../../../tests/vectors/import/django.jsonl");
        let users = read(Preset::Django, file, Format::JsonLines);
        let ada = json!({
            "id": "1", "email": "ada@example.com", "name": "Ada Lovelace", "username": "ada",
            "createdAt": "2024-01-02T03:04:05.678Z",
            "passwordHash": "pbkdf2_sha256$1000$Js6L982TrIVYrtTmkAws7k$5rwxIk1pLMVJFteDQGFaA+7QqQopt8Sx8yEioQfYQ4Q=",
        });
        assert_eq!(users[0], Ok(ada.clone()));
        assert_eq!(
            users[1],
            Ok(json!({
                "id": "2", "email": "bob@example.com", "name": "bob", "username": "bob",
                "createdAt": "2024-01-02T03:04:05.000Z", "banned": true,
            }))
        );
        let table = "id,password,email,first_name,last_name,username,is_active,date_joined\n\
            1,pbkdf2_sha256$1000$Js6L982TrIVYrtTmkAws7k$5rwxIk1pLMVJFteDQGFaA+7QqQopt8Sx8yEioQfYQ4Q=,ada@example.com,\
            Ada,Lovelace,ada,t,2024-01-02 03:04:05.678+00\n";
        assert_eq!(read(Preset::Django, table, Format::Csv)[0], Ok(ada));
    }
}
