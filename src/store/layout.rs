//! The deployment's names: which table and column a logical name is, and of what type ids are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::engine::{Row, Value};
use super::schema::{Kind, TABLES};
use crate::base::error::Issue;
use crate::base::{Error, Field, FieldKind, Result, Timestamp};

/// The longest name that Postgres takes, in bytes; it would cut a longer one silently.
const LONGEST_NAME: usize = 63;
/// An alias is `session.` and the logical name, and has to be a name itself.
const LONGEST_FIELD: usize = LONGEST_NAME - "session.".len();

/// The type of ids: Better Auth's 32 letters and digits, or uuids (`advanced.database.generate_id = "uuid"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IdKind {
    #[default]
    Text,
    /// A `uuid` column on Postgres, text on SQLite.
    Uuid,
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
    pub ids: IdKind,
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
}

/// The names, checked once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Layout(Arc<Laid>);

#[derive(Debug)]
struct Laid {
    ids: IdKind,
    jwt: bool,
    rate_limits: bool,
    refresh_tokens: bool,
    admin: bool,
    tables: Vec<Table>,
}

/// A table as it is laid out here.
#[derive(Debug)]
pub struct Table {
    pub logical: &'static str,
    /// The name in the database, unquoted.
    pub name: String,
    pub columns: Vec<Column>,
}

/// A column as it is laid out here.
#[derive(Debug)]
pub struct Column {
    pub logical: String,
    /// The name in the database, unquoted.
    pub name: String,
    pub kind: Kind,
    /// The additional field that it belongs to.
    pub field: Option<Field>,
}

impl Layout {
    /// Checks the names. The error is one line that says which name is at fault.
    pub fn new(settings: LayoutSettings) -> Result<Self, String> {
        let LayoutSettings { ids, mut tables, user_fields, session_fields, jwt, rate_limits, refresh_tokens, admin } =
            settings;
        let mut fields = HashMap::from([("user", user_fields), ("session", session_fields)]);
        let mut laid = Vec::new();
        for (logical, columns) in TABLES {
            let names = tables.remove(*logical).unwrap_or_default();
            let more = fields.remove(logical).unwrap_or_default();
            laid.push(Table::new(logical, columns, more, names)?);
        }
        if let Some(unknown) = tables.keys().min() {
            return Err(format!("there is no table {unknown:?} to rename"));
        }
        distinct("table", laid.iter().map(|table| table.name.as_str()))?;
        Ok(Self(Arc::new(Laid { ids, jwt, rate_limits, refresh_tokens, admin, tables: laid })))
    }

    pub fn ids(&self) -> IdKind {
        self.0.ids
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

    /// An id as a value, or None for what cannot be an id here: uuids have one spelling, so that both engines agree.
    pub fn id(&self, text: &str) -> Option<Value> {
        let fits = match self.0.ids {
            IdKind::Text => !text.contains('\0'),
            IdKind::Uuid => uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.to_string() == text),
        };
        fits.then(|| Value::from(text))
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
    ) -> Result<Self, String> {
        let name = names.model_name.take().unwrap_or_else(|| logical.to_owned());
        check(&name)?;
        if name.to_ascii_lowercase().starts_with("sqlite_") {
            return Err(format!("{name:?} is a name that SQLite keeps for itself"));
        }
        let mut columns: Vec<Column> = core.iter().map(|(logical, kind)| Column::core(logical, *kind)).collect();
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
        distinct("column", columns.iter().map(|column| column.name.as_str()))?;
        Ok(Self { logical, name, columns })
    }

    pub(super) fn column(&self, logical: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.logical == logical)
    }
}

impl Column {
    fn core(logical: &str, kind: Kind) -> Self {
        Self { logical: logical.to_owned(), name: logical.to_owned(), kind, field: None }
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
        Self { logical: field.name.clone(), name, kind, field: Some(field) }
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

    #[test]
    fn a_uuid_has_one_spelling() {
        let layout = Layout::new(LayoutSettings { ids: IdKind::Uuid, ..LayoutSettings::default() }).unwrap();
        assert!(layout.id("8f14e45f-ceea-467f-a5ab-0d0e5c1f7a10").is_some());
        for other in ["8F14E45F-CEEA-467F-A5AB-0D0E5C1F7A10", "8f14e45fceea467fa5ab0d0e5c1f7a10", "x"] {
            assert!(layout.id(other).is_none(), "{other}");
        }
    }
}
