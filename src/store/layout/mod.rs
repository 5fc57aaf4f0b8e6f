//! The deployment's names: which table and column a logical name is, and of what type ids are.

mod more;
mod table;

use std::collections::HashMap;
use std::sync::Arc;

use self::table::distinct;
pub use self::table::{Column, Table};
use super::engine::Value;
use super::ids::IdKind;
use super::schema::TABLES;
use crate::base::Field;

/// What names and columns are called in tables that are made anew (`database.casing`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casing {
    Camel,
    Snake,
}

/// The names of one table where they are not the logical ones.
#[derive(Clone, Debug, Default)]
pub struct TableNames {
    /// The table's.
    pub model_name: Option<String>,
    /// The columns', by logical name.
    pub fields: HashMap<String, String>,
}

/// What the configuration says about the database's layout.
#[derive(Clone, Debug, Default)]
pub struct LayoutSettings {
    /// The kind of ids where a database does not tell by its columns.
    pub ids: IdKind,
    /// None for that of the tables that are there.
    pub casing: Option<Casing>,
    /// Whether Better Auth's tables are called by the plural, as its Drizzle adapter can.
    pub use_plural: bool,
    /// By logical name of the table.
    pub tables: HashMap<String, TableNames>,
    /// Additional columns of `user`, in order.
    pub user_fields: Vec<Field>,
    /// Additional columns of `session`, in order.
    pub session_fields: Vec<Field>,
    /// Whether the jwt plugin is on, and its tables are needed.
    pub jwt: bool,
    /// Whether rate limits are counted in the database, and their table is needed.
    pub rate_limits: bool,
    /// Whether refresh tokens are handed out, and their table is needed.
    pub refresh_tokens: bool,
    /// Whether the admin plugin is on, and users are listed.
    pub admin: bool,
    /// Whether it is written down who does what.
    pub audit: bool,
}

/// The names, checked once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Layout(pub(super) Arc<Laid>);

#[derive(Clone, Debug)]
pub(super) struct Laid {
    pub casing: Option<Casing>,
    jwt: bool,
    rate_limits: bool,
    refresh_tokens: bool,
    admin: bool,
    audit: bool,
    pub tables: Vec<Table>,
}

impl Layout {
    /// Checks the names. The error is one line that says which name is at fault.
    pub fn new(settings: LayoutSettings) -> Result<Self, String> {
        let LayoutSettings { ids, casing, use_plural, mut tables, user_fields, session_fields, .. } = settings;
        let LayoutSettings { jwt, rate_limits, refresh_tokens, admin, audit, .. } = settings;
        let mut fields = HashMap::from([("user", user_fields), ("session", session_fields)]);
        let mut laid = Vec::new();
        for (logical, columns) in TABLES {
            let mut names = tables.remove(*logical).unwrap_or_default();
            if use_plural && !is_signets(logical) {
                names.model_name = Some(format!("{}s", names.model_name.as_deref().unwrap_or(logical)));
            }
            let more = fields.remove(logical).unwrap_or_default();
            laid.push(Table::new(logical, columns, more, names, ids)?);
        }
        if let Some(unknown) = tables.keys().min() {
            return Err(format!("there is no table {unknown:?} to rename"));
        }
        let laid = Laid { casing, jwt, rate_limits, refresh_tokens, admin, audit, tables: laid };
        laid.check()?;
        Ok(Self(Arc::new(laid)))
    }

    /// Of what kind a table's ids are.
    pub fn ids(&self, table: &str) -> IdKind {
        self.table(table).map(Table::ids).unwrap_or_default()
    }

    pub(super) fn jwt(&self) -> bool {
        self.0.jwt
    }

    pub(super) fn rate_limits(&self) -> bool {
        self.0.rate_limits
    }

    pub(super) fn refresh_tokens(&self) -> bool {
        self.0.refresh_tokens
    }

    pub(super) fn admin(&self) -> bool {
        self.0.admin
    }

    pub(super) fn audit(&self) -> bool {
        self.0.audit
    }

    /// Whether rows of a table are read or written here.
    pub(super) fn uses(&self, logical: &str) -> bool {
        self.0.uses(logical)
    }

    pub(super) fn tables(&self) -> &[Table] {
        &self.0.tables
    }

    pub(super) fn table(&self, logical: &str) -> Option<&Table> {
        self.0.tables.iter().find(|table| table.logical == logical)
    }

    /// A text as an id of a table, or None for what cannot be one there.
    pub fn id(&self, table: &str, text: &str) -> Option<Value> {
        self.ids(table).holds(text).then(|| Value::from(text))
    }

    /// Whether a row from elsewhere may bring its id. A number could be one that the database gives another row later.
    pub fn imports_id(&self, table: &str, text: &str) -> bool {
        !matches!(self.ids(table), IdKind::Serial { .. }) && self.id(table, text).is_some()
    }

    /// Whether a table has a column, of those that are used where they are there.
    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.table(table).is_some_and(|table| table.column(column).is_some())
    }
}

impl Laid {
    /// Whether rows of a table are read or written. Of the same name there may be a table that is somebody else's.
    pub(super) fn uses(&self, logical: &str) -> bool {
        match logical {
            "jwks" | "signet_key" => self.jwt,
            "rateLimit" => self.rate_limits,
            "signet_audit" => self.audit,
            _ => true,
        }
    }

    /// Whether a database can have all these names.
    pub(super) fn check(&self) -> Result<(), String> {
        distinct("table", self.tables.iter().map(|table| table.name.as_str()))?;
        self.tables
            .iter()
            .try_for_each(|table| distinct("column", table.columns.iter().map(|column| column.name.as_str())))
    }
}

/// Whether a table is one of Signet's own, whose names are its own too.
pub(super) fn is_signets(table: &str) -> bool {
    table.starts_with("signet_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FieldKind;

    fn field(name: &str) -> Field {
        Field::optional(name, FieldKind::String)
    }

    fn refused(settings: LayoutSettings) -> String {
        Layout::new(settings).expect_err("the names cannot be used")
    }

    fn renamed(table: &str, names: TableNames) -> LayoutSettings {
        LayoutSettings { tables: HashMap::from([(table.to_owned(), names)]), ..LayoutSettings::default() }
    }

    #[test]
    fn names_that_a_database_cannot_have_are_refused_in_a_line() {
        for name in ["", "a\0b", &"x".repeat(64), "sqlite_user", "SESSION"] {
            let names = TableNames { model_name: Some(name.to_owned()), ..TableNames::default() };
            assert!(!refused(renamed("user", names)).contains('\n'), "{name}");
        }
        for name in ["", "a\0b", &"é".repeat(32), "EMAIL"] {
            let fields = HashMap::from([("name".to_owned(), name.to_owned())]);
            refused(renamed("user", TableNames { fields, ..TableNames::default() }));
        }
        for name in ["email", "Email", "a{b", &"x".repeat(56)] {
            refused(LayoutSettings { user_fields: vec![field(name)], ..LayoutSettings::default() });
        }
    }

    #[test]
    fn names_for_what_is_not_there_are_refused() {
        assert_eq!(refused(renamed("users", TableNames::default())), "there is no table \"users\" to rename");
        let fields = HashMap::from([("mail".to_owned(), "email_address".to_owned())]);
        let names = TableNames { fields, ..TableNames::default() };
        assert_eq!(refused(renamed("user", names)), "table \"user\" has no field \"mail\" to rename");
    }
}
