//! The roles of a user, which Better Auth keeps in one field, divided by commas.

/// Each of them, in its order.
pub fn roles(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').map(str::trim).filter(|role| !role.is_empty())
}
