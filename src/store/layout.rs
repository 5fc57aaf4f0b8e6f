//! The deployment's names: which table and column a logical name is, and of what type ids are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::engine::{Row, Value};
use super::ids::IdKind;
use super::schema::{Kind, TABLES};
use crate::base::error::Issue;
use crate::base::{Error, Field, FieldKind, Result, Timestamp};

/// The longest name that Postgres takes, in bytes; it would cut a longer one silently.
const LONGEST_NAME: usize = 63;
/// An alias is `session.` and the logical name, and has to be a name itself.
const LONGEST_FIELD: usize = LONGEST_NAME - "session.".len();

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

/// A table as it is laid out here.
#[derive(Clone, Debug)]
pub struct Table {
    pub logical: &'static str,
    /// The name in the database, unquoted.
    pub name: String,
    pub columns: Vec<Column>,
}

/// A column as it is laid out here.
#[derive(Clone, Debug)]
pub struct Column {
    pub logical: String,
    /// The name in the database, unquoted.
    pub name: String,
    pub kind: Kind,
    /// Of what kind the ids are that it holds; of no meaning in a column for anything else.
    pub ids: IdKind,
    /// The type of its texts, where the one that was found is not one of those that a text has by itself. A placeholder has
    /// to be cast to it: else Postgres would cast the column, past its index and its way to compare.
    pub text_type: Option<String>,
    /// The additional field that it belongs to.
    pub field: Option<Field>,
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

    fn fields<'a>(&'a self, table: &str) -> impl Iterator<Item = (&'a Column, &'a Field)> {
        let columns = self.table(table).map(|table| table.columns.as_slice()).unwrap_or_default();
        columns.iter().filter_map(|column| Some((column, column.field.as_ref()?)))
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

    /// The additional fields of a row, in the order of their declaration.
    pub(super) fn read_more(&self, table: &str, row: &Row) -> Result<Map<String, Json>> {
        self.fields(table)
            .map(|(column, field)| {
                let alias = format!("{table}.{}", column.logical);
                let value = match field.kind {
                    FieldKind::String => row.optional_text(&alias)?.into(),
                    FieldKind::Number => row.number_or_text(&alias)?,
                    FieldKind::Boolean => row.optional_bool(&alias)?.into(),
                    FieldKind::Date => row.optional_time(&alias)?.map(|moment| moment.to_string()).into(),
                    FieldKind::Json => match row.optional_text(&alias)? {
                        Some(text) => serde_json::from_str(&text).map_err(Error::broken)?,
                        None => Json::Null,
                    },
                };
                Ok((column.logical.clone(), value))
            })
            .collect()
    }

    /// The additional fields of a row that was kept elsewhere, in the order of their declaration. None where it has not
    /// exactly those that there are.
    pub(super) fn only_more(&self, table: &str, mut kept: Map<String, Json>) -> Option<Map<String, Json>> {
        let more = self.fields(table).map(|(column, _)| kept.remove_entry(&column.logical)).collect::<Option<_>>()?;
        kept.is_empty().then_some(more)
    }

    /// Those of a row's additional fields that there are here and that fit, with the defaults of the others.
    pub(super) fn known_more(&self, table: &str, mut kept: Map<String, Json>) -> Map<String, Json> {
        let value = |field: &Field| {
            let given = kept.remove(&field.name).filter(|value| bind(field, value).is_ok());
            Some((field.name.clone(), given.or_else(|| field.default.clone())?))
        };
        self.fields(table).map(|(_, field)| field).filter_map(value).collect()
    }

    /// A value for each additional column of a new row, NULL where nothing is given.
    pub(super) fn new_more(&self, table: &str, more: &Map<String, Json>) -> Result<Vec<Value>> {
        self.closed(table, more)?;
        self.fields(table).map(|(_, field)| bind(field, more.get(&field.name).unwrap_or(&Json::Null))).collect()
    }

    /// The given additional columns with their values, in the order of their declaration.
    pub(super) fn changed_more(&self, table: &str, more: &Map<String, Json>) -> Result<Vec<(String, Value)>> {
        self.closed(table, more)?;
        self.fields(table)
            .filter_map(|(column, field)| Some((column, field, more.get(&field.name)?)))
            .map(|(column, field, value)| Ok((column.logical.clone(), bind(field, value)?)))
            .collect()
    }

    /// Nothing but declared fields reaches SQL.
    fn closed(&self, table: &str, more: &Map<String, Json>) -> Result<()> {
        match more.keys().find(|name| !self.fields(table).any(|(_, field)| field.name == **name)) {
            Some(unknown) => Err(Error::broken(format!("{table} has no additional field {unknown:?}"))),
            None => Ok(()),
        }
    }
}

impl Table {
    fn new(
        logical: &'static str,
        core: &[(&'static str, Kind)],
        more: Vec<Field>,
        mut names: TableNames,
        ids: IdKind,
    ) -> Result<Self, String> {
        let name = names.model_name.take().unwrap_or_else(|| logical.to_owned());
        check(&name)?;
        if name.to_ascii_lowercase().starts_with("sqlite_") {
            return Err(format!("{name:?} is a name that SQLite keeps for itself"));
        }
        let mut columns: Vec<Column> = core.iter().map(|(logical, kind)| Column::core(logical, *kind, ids)).collect();
        columns.extend(more.into_iter().map(Column::added));
        for column in &mut columns {
            if let Some(renamed) = names.fields.remove(&column.logical) {
                column.name = renamed;
            }
            check(&column.name)?;
            if column.logical.len() > LONGEST_FIELD {
                return Err(format!("{:?} is longer than {LONGEST_FIELD} bytes", column.logical));
            }
            if column.logical.contains(['{', '}']) {
                return Err(format!("{:?} has a brace, which templates are made of", column.logical));
            }
        }
        if let Some(unknown) = names.fields.keys().min() {
            return Err(format!("table {logical:?} has no field {unknown:?} to rename"));
        }
        distinct("field", columns.iter().map(|column| column.logical.as_str()))?;
        Ok(Self { logical, name, columns })
    }

    /// Of what kind its ids are.
    pub(super) fn ids(&self) -> IdKind {
        let key = self.columns.iter().find(|column| column.kind == Kind::Key);
        key.map(|column| column.ids).unwrap_or_default()
    }

    pub(super) fn column(&self, logical: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.logical == logical)
    }
}

impl Column {
    pub(super) fn core(logical: &str, kind: Kind, ids: IdKind) -> Self {
        Self { logical: logical.to_owned(), name: logical.to_owned(), kind, ids, text_type: None, field: None }
    }

    fn added(field: Field) -> Self {
        let kind = match field.kind {
            FieldKind::String => Kind::Text,
            FieldKind::Number => Kind::Number,
            FieldKind::Boolean => Kind::Bool,
            FieldKind::Date => Kind::Time,
            FieldKind::Json => Kind::Json,
        };
        let name = field.column.clone().unwrap_or_else(|| field.name.clone());
        Self { logical: field.name.clone(), name, kind, ids: IdKind::Text, text_type: None, field: Some(field) }
    }
}

/// A field's value for its column. Numbers are whole, as Better Auth's own column for them is, and none is so large that
/// JavaScript would take it for its neighbour.
fn bind(field: &Field, value: &Json) -> Result<Value> {
    let bound = match (field.kind, value) {
        (FieldKind::String, Json::Null) => Some(Value::Text(None)),
        (FieldKind::String, Json::String(text)) => Some(Value::from(text)),
        (FieldKind::Number, Json::Null) => Some(Value::Number(None)),
        (FieldKind::Number, Json::Number(number)) => {
            number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 2f64.powi(53)).map(Value::from)
        }
        (FieldKind::Boolean, Json::Null) => Some(Value::Bool(None)),
        (FieldKind::Boolean, Json::Bool(flag)) => Some(Value::from(*flag)),
        (FieldKind::Date, Json::Null) => Some(Value::Time(None)),
        (FieldKind::Date, Json::String(text)) => Timestamp::parse(text).map(Value::from),
        (FieldKind::Json, Json::Null) => Some(Value::Text(None)),
        (FieldKind::Json, value) => Some(Value::from(value.to_string())),
        _ => None,
    };
    bound.ok_or_else(|| {
        let expected = match field.kind {
            FieldKind::String => "string",
            FieldKind::Number => "int",
            FieldKind::Boolean => "boolean",
            FieldKind::Date => "date",
            FieldKind::Json => "json",
        };
        let place = format!("body.{}", field.name);
        Error::Invalid(vec![Issue { place, text: format!("Invalid input: expected {expected}").into() }])
    })
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

/// A name that both engines can quote.
fn check(name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains('\0') {
        return Err(format!("{name:?} cannot be the name of a table or a column"));
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("{name:?} is longer than {LONGEST_NAME} bytes"));
    }
    Ok(())
}

/// SQLite does not tell upper from lower case in names, so neither may a deployment.
fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(format!("two {what}s would be named {name:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
