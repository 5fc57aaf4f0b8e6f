//! Pages of users: searched, filtered, sorted. What a request names is looked up among the columns that answers show, and
//! never becomes a part of a statement itself; what it compares with is a value of the column's kind.

use super::Store;
use super::adapt::is_like_text;
use super::engine::Value;
use super::layout::Column;
use super::schema::Kind;
use super::user::User;
use crate::base::{Result, Timestamp};

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
}

/// What users have to fulfil. Every operator but the two for lists has one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    pub field: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

/// What a page is sorted by.
#[derive(Clone, Debug)]
pub struct Order {
    pub field: String,
    pub descending: bool,
}

/// A part of all users.
#[derive(Clone, Debug)]
pub struct Page {
    pub conditions: Vec<Condition>,
    /// None for the order in which they were made; where a search is for a beginning, for that of the field.
    pub order: Option<Order>,
    pub limit: i64,
    pub offset: i64,
}

/// How many rows are looked at, for each that is wanted, before a whole table is.
const EACH: i64 = 50;
/// The most rows that are looked at so.
const MOST: i64 = 5_000;
/// From which offset on a page's users are picked before they are read.
const DEEP: i64 = 1_000;
/// The fields in whose order an index has the users.
const INDEXED: [&str; 5] = ["createdAt", "updatedAt", "email", "name", "id"];

impl Condition {
    /// Whether a whole table is read to find who fulfils it, as far as is known here.
    pub fn is_scanned_for(&self) -> bool {
        matches!(self.operator, Operator::Contains | Operator::EndsWith) || !INDEXED.contains(&self.field.as_str())
    }

    /// Whether an index finds who fulfils it, either few users or many in an order.
    fn is_found_in_order_of(&self, field: &str) -> bool {
        !self.is_scanned_for() && (matches!(self.operator, Operator::Eq | Operator::In) || self.field == field)
    }
}

impl Page {
    /// The field and whether it is descending.
    fn sorted_by(&self) -> (&str, bool) {
        match (&self.order, self.conditions.iter().find(|condition| condition.operator == Operator::StartsWith)) {
            (Some(Order { field, descending }), _) => (field.as_str(), *descending),
            (None, Some(condition)) => (condition.field.as_str(), false),
            (None, None) => ("createdAt", false),
        }
    }

    /// Whether its users are all, come from an index in the page's order, or are few.
    fn is_found_in_order(&self) -> bool {
        let field = self.sorted_by().0;
        self.conditions.iter().all(|condition| condition.is_found_in_order_of(field))
    }

    /// Whether an index has its users first, so that no row is read which it does not show.
    fn is_read_at_once(&self) -> bool {
        INDEXED.contains(&self.sorted_by().0) && self.offset < DEEP
    }

    /// How many rows of the order's index are looked at before all that may fulfil the conditions; None where that could
    /// find nothing.
    fn looked_at_first(&self) -> Option<i64> {
        let field = self.sorted_by().0;
        // The first rows of the index are not those that begin in a certain way.
        let are_elsewhere =
            |condition: &Condition| condition.operator == Operator::StartsWith && condition.field == field;
        let can_find = INDEXED.contains(&field) && !self.conditions.iter().any(are_elsewhere);
        let rows = self.limit.saturating_add(self.offset).saturating_mul(EACH);
        (can_find && rows <= MOST * EACH).then_some(rows.min(MOST))
    }
}

impl Store {
    /// The users of a page. None where it names a field that answers do not show, or compares one with what it cannot hold.
    pub async fn list_users(&self, page: &Page) -> Result<Option<Vec<User>>> {
        let Some((condition, mut values)) = self.conditions(&page.conditions) else { return Ok(None) };
        let Some([order, hidden]) = self.order(page) else { return Ok(None) };
        values.extend([page.limit.into(), page.offset.into()]);
        let part = format!("LIMIT ${} OFFSET ${}", values.len() - 1, values.len());
        // Of what is passed over, or sorted and left out, an id is enough; often an index alone has it.
        let key = if page.sorted_by().0 == "email" { "email" } else { "id" };
        let picked = |order: &str| {
            format!(
                "{{user}} WHERE {{user.{key}}} IN (SELECT {{user.{key}}} FROM {{user}}{condition} ORDER BY {order} {part}) \
                 ORDER BY {hidden}"
            )
        };
        if page.is_found_in_order() {
            let from = match page.is_read_at_once() {
                true => format!("{{user}}{condition} ORDER BY {order} {part}"),
                false => picked(&order),
            };
            return self.page(&from, &values).await.map(Some);
        }
        // No database knows how rare a part of a text is. One that takes something for common walks the index of the order,
        // row by row through the whole table, where reading that once and sorting what is found is ten times faster. If it
        // is common, though, the first rows of the index have it. So these are looked at first, and then the order is hidden.
        if let Some(rows) = page.looked_at_first() {
            let first = format!("(SELECT * FROM {{user}} ORDER BY {order} LIMIT {rows}) AS {{user}}");
            let found = self.page(&format!("{first}{condition} ORDER BY {order} {part}"), &values).await?;
            if i64::try_from(found.len()).is_ok_and(|found| found == page.limit) {
                return Ok(Some(found));
            }
        }
        self.page(&picked(&hidden), &values).await.map(Some)
    }

    /// The users that a statement finds, of which this follows FROM.
    async fn page(&self, from: &str, values: &[Value]) -> Result<Vec<User>> {
        let statement = self.renderer().statement("list users", &format!("SELECT {{user.*}} FROM {from}"))?;
        let rows = self.fetch_all(&statement, values).await?;
        rows.iter().map(|row| User::read(row, self.layout())).collect()
    }

    /// How many users fulfil conditions; None as in [`Store::list_users`].
    pub async fn count_users(&self, conditions: &[Condition]) -> Result<Option<i64>> {
        let Some((condition, values)) = self.conditions(conditions) else { return Ok(None) };
        let template = format!("SELECT COUNT(*) AS total FROM {{user}}{condition}");
        let statement = self.renderer().statement("count users", &template)?;
        self.fetch_one(&statement, &values).await?.integer("total").map(Some)
    }

    /// ` WHERE …` of a template, with its values.
    fn conditions(&self, conditions: &[Condition]) -> Option<(String, Vec<Value>)> {
        let (mut values, mut parts) = (Vec::new(), Vec::new());
        for condition in conditions {
            parts.push(self.condition(condition, &mut values)?);
        }
        Some((if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) }, values))
    }

    fn condition(&self, condition: &Condition, values: &mut Vec<Value>) -> Option<String> {
        let column = self.shown(&condition.field)?;
        let name = format!("{{user.{}}}", column.logical);
        let mut bind = |value: Value| {
            values.push(value);
            format!("{{${}:user.{}}}", values.len(), column.logical)
        };
        let first = condition.values.first();
        let compared = |sign: &str, bind: &mut dyn FnMut(Value) -> String| {
            Some(format!("{name} {sign} {}", bind(self.value(column, first?)?)))
        };
        let is_text = is_text(column);
        match condition.operator {
            Operator::Eq => compared("=", &mut bind),
            Operator::Ne => compared("<>", &mut bind),
            Operator::Lt if is_ordered(column) => compared("<", &mut bind),
            Operator::Lte if is_ordered(column) => compared("<=", &mut bind),
            Operator::Gt if is_ordered(column) => compared(">", &mut bind),
            Operator::Gte if is_ordered(column) => compared(">=", &mut bind),
            Operator::In | Operator::NotIn if !condition.values.is_empty() => {
                let all: Option<Vec<_>> =
                    condition.values.iter().map(|value| Some(bind(self.value(column, value)?))).collect();
                let not = if condition.operator == Operator::NotIn { "NOT " } else { "" };
                Some(format!("{name} {not}IN ({})", all?.join(", ")))
            }
            // No pattern: no letter of the value means another than itself.
            Operator::Contains if is_text => Some(format!("{{position}}({name}, {}) > 0", bind(first?.into()))),
            Operator::StartsWith if is_text => {
                let from = format!("{name}{{bytes}} >= {}", bind(first?.into()));
                Some(match after_all_with(first?) {
                    Some(end) => format!("{from} AND {name}{{bytes}} < {}", bind(end.into())),
                    None => from,
                })
            }
            Operator::EndsWith if is_text => {
                let end = bind(first?.into());
                Some(format!("substr({name}, length({name}) - length({end}) + 1) = {end}"))
            }
            _ => None,
        }
    }

    /// What follows ORDER BY: the same for both engines, byte by byte for texts, as their indexes have them. Among equals
    /// the id decides, so that no user is on two pages. Once as it is, once so that no index has it.
    fn order(&self, page: &Page) -> Option<[String; 2]> {
        let (field, descending) = page.sorted_by();
        let column = self.shown(field)?;
        let direction = if descending { " DESC" } else { "" };
        let bytes = if is_text(column) { "{bytes}" } else { "" };
        // Postgres puts what is absent last; SQLite is told to.
        let absent = match (column.field.is_some() || field == "image", descending) {
            (true, false) => " NULLS LAST",
            (true, true) => " NULLS FIRST",
            (false, _) => "",
        };
        let name = format!("{{user.{}}}", column.logical);
        let each = [name.clone(), format!("COALESCE({name}, {name})")].map(|name| {
            let first = format!("{name}{bytes}{direction}{absent}");
            // An address and an id are unique.
            if matches!(field, "email" | "id") { first } else { format!("{first}, {{user.id}}{direction}") }
        });
        Some(each)
    }

    /// The column of a field that answers show.
    fn shown(&self, field: &str) -> Option<&Column> {
        let column = self.layout().table("user")?.column(field)?;
        let is_shown = column.field.as_ref().is_none_or(|field| field.returned);
        (is_shown && column.kind != Kind::Json).then_some(column)
    }

    /// A text of a request as a value of a column.
    fn value(&self, column: &Column, text: &str) -> Option<Value> {
        match column.kind {
            Kind::Text => Some(text.into()),
            Kind::Key | Kind::Reference(_) => self.layout().id("user", text),
            Kind::Bool => match text {
                "true" | "1" => Some(true.into()),
                "false" | "0" => Some(false.into()),
                _ => None,
            },
            Kind::Time => Timestamp::parse(text).map(Value::from),
            Kind::Number => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::from),
            Kind::Json => None,
        }
    }
}

/// Whether parts of its values can be looked for: an enum and a uuid have none.
fn is_text(column: &Column) -> bool {
    column.kind == Kind::Text && column.text_type.as_deref().is_none_or(is_like_text)
}

fn is_ordered(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Time | Kind::Number)
}

/// The first text, byte by byte, after all that begin in a certain way. None where there is none.
fn after_all_with(beginning: &str) -> Option<String> {
    let mut letters: Vec<char> = beginning.chars().collect();
    while let Some(last) = letters.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after_all_with;

    #[test]
    fn what_comes_after_a_beginning_is_one_letter_on() {
        assert_eq!(after_all_with("ab").as_deref(), Some("ac"));
        assert_eq!(after_all_with("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_all_with("a\u{10ffff}\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_all_with("\u{10ffff}"), None);
        assert_eq!(after_all_with(""), None);
    }
}
