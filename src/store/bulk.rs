//! Users by the thousand: put in with their accounts, and read out.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::account::{Account, NewAccount};
use super::audit::{Action, Line, import};
use super::engine::value::runs;
use super::engine::{Dialect, Row, Statement, Tx, Value};
use super::user::User;
use super::{Statements, Store, transaction, values};
use crate::base::{Error, Result, Timestamp};

/// How long a statement may take: no request waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many values a statement may have. Postgres takes 65535. SQLite looks for each among all the others, and is asked
/// without a way over the network: a few rows at a time are fastest.
const MOST_VALUES: usize = 30_000;
const MOST_VALUES_OF_SQLITE: usize = 256;

statements! {
    pub(super) struct Bulk {
        page: "SELECT {user.*} FROM {user} WHERE {user.id} > {$1:user.id} ORDER BY {user.id} LIMIT 1000",
        first_page: "SELECT {user.*} FROM {user} ORDER BY {user.id} LIMIT 1000",
        accounts: "SELECT {account.*} FROM {account} \
            WHERE {account.userId} >= {$1:account.userId} AND {account.userId} <= {$2:account.userId} \
            ORDER BY {account.userId}, {account.createdAt}, {account.id}",
        // Of several rows the oldest counts, as at sign-in.
        set_password: "UPDATE {account} SET {account:password} = $2, {account:updatedAt} = $3 \
            WHERE {account.id} = (SELECT oldest.{account:id} FROM {account} AS oldest \
            WHERE oldest.{account:userId} = {$1:account.userId} AND oldest.{account:providerId} = 'credential' \
            ORDER BY oldest.{account:createdAt}, oldest.{account:id} LIMIT 1)",
    }
}

/// How many values a list in a statement has at most.
pub(super) const LIST: usize = 256;

/// A user who comes from elsewhere.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// None for a fresh one. It fits the layout.
    pub id: Option<String>,
    /// In lower case.
    pub email: String,
    pub name: Option<String>,
    pub email_verified: Option<bool>,
    pub image: Option<String>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// The additional fields that are given.
    pub given: Map<String, Json>,
    /// The additional fields of a new user: with their defaults.
    pub more: Map<String, Json>,
    /// Whether a new user would have another role than this one has.
    pub has_own_role: bool,
    /// With a password at most one.
    pub accounts: Vec<NewAccount>,
}

/// What becomes of an address that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The user stays as it is.
    Skip,
    Refuse,
    /// The user gets what is given: fields, password, accounts that it lacks.
    Update,
}

/// What became of one who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    Created,
    Updated,
    Skipped,
    /// And why.
    Refused(String),
}

/// A page of users, each with its accounts, the oldest first.
pub type Page = Vec<(User, Vec<Account>)>;

const TAKEN: &str = "There is a user with this address.";
const LINKED: &str = "An account at a provider is another user's.";
const UNIQUE: &str = "The id or another value that must be unique is another user's.";

impl Store {
    /// Puts users in, all in one transaction, and says what became of each. Nobody is told of them; the audit trail has one
    /// line, and others about those who were there before and about new ones with a role of their own. What the database
    /// refuses of one is no harm to the others. With `rehearse` all is undone.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away, [`Error::Broken`] for what is the matter with all of them; then
    /// none was put.
    pub async fn put_users(&self, users: &[Incoming], existing: Existing, rehearse: bool) -> Result<Vec<Put>> {
        match self.put_all(users, existing, rehearse).await {
            Err(Error::Invalid(_) | Error::Refused(_)) => {}
            outcome => return outcome,
        }
        let mut puts = Vec::with_capacity(users.len());
        for user in users {
            match self.put_all(std::slice::from_ref(user), existing, rehearse).await {
                Ok(put) => puts.extend(put),
                Err(error @ (Error::Invalid(_) | Error::Refused(_))) => puts.push(Put::Refused(error.plain_message())),
                Err(error) => return Err(error),
            }
        }
        Ok(puts)
    }

    async fn put_all(&self, users: &[Incoming], existing: Existing, rehearse: bool) -> Result<Vec<Put>> {
        let mut rehearsed = None;
        let outcome = transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            let Done { puts, updated, mut lines } = Putting { store: self, users, existing }.put(tx).await?;
            let count = |wanted: &Put| puts.iter().filter(|put| *put == wanted).count();
            let (created, changed) = (count(&Put::Created), count(&Put::Updated));
            if created + changed > 0 {
                lines.insert(0, Line::new(Action::UsersImported).with("created", created).with("updated", changed));
                self.audit_in(tx, lines).await?;
            }
            if rehearse {
                rehearsed = Some(puts);
                // So that it is undone.
                return Err(Error::uncoded(400, "Rehearsed"));
            }
            Ok((puts, updated))
        });
        if let Some(puts) = rehearsed {
            return Ok(puts);
        }
        let (puts, updated) = outcome?;
        for id in updated {
            self.forget_copies_of(&id).await?;
        }
        Ok(puts)
    }

    /// The users after the one of an id, or the first ones; none after the last.
    pub async fn page_of_users(&self, after: Option<&str>) -> Result<Page> {
        let bulk = &self.statements().bulk;
        transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            let rows = match after.and_then(|id| self.layout().id("user", id)) {
                Some(after) => tx.fetch_all(&bulk.page, &[after]).await?,
                None => tx.fetch_all(&bulk.first_page, &[]).await?,
            };
            let users = rows.iter().map(|row| User::read(row, self.layout())).collect::<Result<Vec<_>>>()?;
            let (Some(first), Some(last)) = (users.first(), users.last()) else { return Ok(Vec::new()) };
            let rows = tx.fetch_all(&bulk.accounts, &values![&first.id, &last.id]).await?;
            let mut accounts: HashMap<String, Vec<Account>> = HashMap::new();
            for account in rows.iter().map(Account::read) {
                let account = account?;
                accounts.entry(account.user_id.clone()).or_default().push(account);
            }
            Ok(users
                .into_iter()
                .map(|user| {
                    let accounts = accounts.remove(&user.id).unwrap_or_default();
                    (user, accounts)
                })
                .collect())
        })
    }

    /// A statement of as many rows as a template's `ROWS` is to say, or of as many placeholders as its `LIST`, for a column of that name.
    pub(super) fn many(&self, name: &str, template: &str, count: usize) -> Result<Statement> {
        let list =
            |column: &str| (1..=count).map(|place| format!("{{${place}:{column}}}")).collect::<Vec<_>>().join(", ");
        let template =
            match template.split_once("{LIST:").and_then(|(before, after)| Some((before, after.split_once('}')?))) {
                Some((before, (column, after))) => format!("{before}{}{after}", list(column)),
                None => template.replace("ROWS", &count.to_string()),
            };
        self.renderer().statement(name, &template)
    }

    /// The rows that came of inserting all these, each given by its values.
    async fn insert_all(&self, tx: &mut Tx<'_>, table: &str, end: &str, rows: &[Vec<Value>]) -> Result<Vec<Row>> {
        let Some(columns) = rows.first().map(Vec::len) else { return Ok(Vec::new()) };
        let most = match self.renderer().dialect {
            Dialect::Postgres => MOST_VALUES,
            Dialect::Sqlite => MOST_VALUES_OF_SQLITE,
        };
        let template = format!("INSERT INTO {{+{table}*ROWS}}{end}");
        let mut come = Vec::new();
        for run in runs(rows, (most / columns.max(1)).max(1)) {
            let statement = self.many("put", &template, run.len())?;
            come.extend(tx.fetch_all(&statement, &run.concat()).await?);
        }
        Ok(come)
    }
}

/// A batch that is in.
struct Done {
    /// What became of each.
    puts: Vec<Put>,
    /// The ids of those that were changed.
    updated: Vec<String>,
    /// What is to be written down about single ones.
    lines: Vec<Line>,
}

/// A batch on its way in.
struct Putting<'a> {
    store: &'a Store,
    users: &'a [Incoming],
    existing: Existing,
}

impl Putting<'_> {
    async fn put(&self, tx: &mut Tx<'_>) -> Result<Done> {
        tx.lock_all(self.links(0..self.users.len()).map(|(_, account)| account.lock())).await?;
        let ids = self.users.iter().map(|user| user.id.clone().or_else(|| self.store.new_id("user")));
        let mut ids: Vec<Option<String>> = ids.collect();
        let rows = self.users.iter().zip(&ids).map(|(user, id)| self.row(user, id.as_deref()));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let come = self.store.insert_all(tx, "user", " ON CONFLICT DO NOTHING RETURNING {user.*}", &rows).await?;
        let key = |row: &Row| Ok((row.text("user.email")?, row.text("user.id")?));
        let mut come: HashMap<String, String> = come.iter().map(key).collect::<Result<_>>()?;
        // Of two with one id or one address in this batch one alone has come.
        let mut puts: Vec<Option<Put>> = Vec::with_capacity(ids.len());
        for (user, id) in self.users.iter().zip(&mut ids) {
            let is_it = come.get(&user.email).is_some_and(|come| id.as_ref().is_none_or(|id| id == come));
            puts.push(is_it.then_some(Put::Created));
            if is_it {
                *id = come.remove(&user.email);
            }
        }
        let ids: Vec<String> = ids.into_iter().map(Option::unwrap_or_default).collect();
        self.take_back_linked(tx, &mut puts, &ids).await?;
        let made = (0..puts.len()).filter(|place| puts[*place] == Some(Put::Created));
        let mut lines: Vec<_> =
            made.clone().flat_map(|place| import::created(&ids[place], &self.users[place])).collect();
        let accounts = made.flat_map(|place| {
            let user = &self.users[place];
            let now = user.created_at.unwrap_or_else(|| self.store.clock().now());
            let ids = &ids;
            user.accounts.iter().map(move |account| self.account(account, &ids[place], now))
        });
        self.store.insert_all(tx, "account", "", &accounts.collect::<Vec<_>>()).await?;
        let updated = self.settle(tx, &mut puts, &mut lines).await?;
        let puts = puts.into_iter().map(|put| put.unwrap_or_else(|| Put::Refused(UNIQUE.to_owned()))).collect();
        Ok(Done { puts, updated, lines })
    }

    fn account(&self, account: &NewAccount, user_id: &str, now: Timestamp) -> Vec<Value> {
        account.values(self.store.new_id("account").as_deref(), user_id, now, self.store.layout())
    }

    fn row(&self, user: &Incoming, id: Option<&str>) -> Result<Vec<Value>> {
        let now = self.store.clock().now();
        let created_at = user.created_at.unwrap_or(now);
        let name = user.name.as_deref().unwrap_or_else(|| user.email.split('@').next().unwrap_or_default());
        let core = values![
            id,
            name,
            user.email.as_str(),
            user.email_verified.unwrap_or(false),
            user.image.as_deref(),
            created_at,
            user.updated_at.unwrap_or(created_at),
        ];
        Ok(core.into_iter().chain(self.store.layout().new_more("user", &user.more)?).collect())
    }

    /// The accounts at providers of some of the users, with their places.
    fn links(&self, places: impl Iterator<Item = usize>) -> impl Iterator<Item = (usize, &NewAccount)> {
        let linked = |account: &&NewAccount| account.account_id.is_some();
        places.flat_map(move |place| {
            self.users[place].accounts.iter().filter(linked).map(move |account| (place, account))
        })
    }

    /// Takes those back who were made and whose account at a provider is another's, in the database or in this batch.
    async fn take_back_linked(&self, tx: &mut Tx<'_>, puts: &mut [Option<Put>], ids: &[String]) -> Result<()> {
        let made: Vec<_> = (0..puts.len()).filter(|place| puts[*place].is_some()).collect();
        let links = self.links(made.iter().copied()).map(|(_, account)| account);
        let mut taken = self.owners(tx, links).await?;
        for place in made {
            let keys: Vec<_> = self.links(place..place + 1).map(|(_, account)| account.linked()).collect();
            if keys.iter().any(|key| taken.contains_key(key)) {
                let delete = &self.store.statements().users.delete;
                tx.fetch_all(delete, self.store.layout().id("user", &ids[place]).as_slice()).await?;
                puts[place] = Some(Put::Refused(LINKED.to_owned()));
            } else {
                taken.extend(keys.into_iter().map(|key| (key, ids[place].clone())));
            }
        }
        Ok(())
    }

    /// Whose the accounts at providers are that are there already.
    async fn owners(
        &self,
        tx: &mut Tx<'_>,
        accounts: impl Iterator<Item = &NewAccount>,
    ) -> Result<HashMap<(String, String), String>> {
        let keys: Vec<Value> = accounts.map(|account| Value::from(account.account_id.as_deref())).collect();
        let template = "SELECT {account.*} FROM {account} WHERE {account.accountId} IN ({LIST:account.accountId})";
        let mut owners = HashMap::new();
        for run in runs(&keys, LIST) {
            let statement = self.store.many("owners", template, run.len())?;
            for row in tx.fetch_all(&statement, run).await? {
                let key = (row.text("account.providerId")?, row.text("account.accountId")?);
                owners.insert(key, row.text("account.userId")?);
            }
        }
        Ok(owners)
    }

    /// Decides about those who were not made since somebody is there already. Who was changed comes back.
    async fn settle(&self, tx: &mut Tx<'_>, puts: &mut [Option<Put>], lines: &mut Vec<Line>) -> Result<Vec<String>> {
        let open: Vec<usize> = (0..puts.len()).filter(|place| puts[*place].is_none()).collect();
        let emails: Vec<Value> = open.iter().map(|place| self.users[*place].email.as_str().into()).collect();
        let mut there = HashMap::new();
        for run in runs(&emails, LIST) {
            let template = "SELECT {user.*} FROM {user} WHERE {user.email} IN ({LIST:user.email})";
            for row in tx.fetch_all(&self.store.many("there", template, run.len())?, run).await? {
                // A column that does not tell upper from lower case may have another spelling.
                there.insert(row.text("user.email")?.to_lowercase(), User::read(&row, self.store.layout())?);
            }
        }
        let mut updated = Vec::new();
        for place in open {
            let Some(user) = there.get_mut(&self.users[place].email) else { continue };
            puts[place] = Some(match self.existing {
                Existing::Skip => Put::Skipped,
                Existing::Refuse => Put::Refused(TAKEN.to_owned()),
                Existing::Update => self.update(tx, &self.users[place], user, lines).await?,
            });
            if puts[place] == Some(Put::Updated) {
                updated.push(user.id.clone());
            }
        }
        Ok(updated)
    }

    /// Gives a user who is there what has come. `there` is as the user is then: another line may tell of them again.
    async fn update(&self, tx: &mut Tx<'_>, user: &Incoming, there: &mut User, lines: &mut Vec<Line>) -> Result<Put> {
        let id = there.id.clone();
        let id = id.as_str();
        let owners = self.owners(tx, user.accounts.iter().filter(|account| account.account_id.is_some())).await?;
        if owners.iter().any(|(key, owner)| owner != id && user.accounts.iter().any(|account| account.is(key))) {
            return Ok(Put::Refused(LINKED.to_owned()));
        }
        let Statements { bulk, .. } = self.store.statements();
        let key = self.store.key("user", id)?;
        let now = self.store.clock().now();
        let core = [
            user.name.clone().map(|name| ("name", Value::from(name))),
            user.email_verified.map(|verified| ("emailVerified", verified.into())),
            user.image.clone().map(|image| ("image", image.into())),
            user.created_at.map(|moment| ("createdAt", moment.into())),
        ];
        let core = core.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
        let columns = core.chain(self.store.layout().changed_more("user", &user.given)?).collect();
        let (statement, values) =
            self.store.update("user", "id", key.clone(), columns, user.updated_at.unwrap_or(now))?;
        let rows = tx.fetch_all(&statement, &values).await?;
        let mut has_new_password = false;
        let mut missing = Vec::new();
        for account in &user.accounts {
            let has_it = match &account.account_id {
                Some(_) => owners.keys().any(|key| account.is(key)),
                None => {
                    let values = [key.clone(), account.hash(), now.into()];
                    has_new_password = true;
                    tx.execute(&bulk.set_password, &values).await? > 0
                }
            };
            if !has_it {
                missing.push(self.account(account, id, now));
            }
        }
        let linked = self.store.insert_all(tx, "account", " RETURNING {account.*}", &missing).await?;
        let linked = linked.iter().map(Account::read).collect::<Result<Vec<_>>>()?;
        for row in &rows {
            let before = std::mem::replace(there, User::read(row, self.store.layout())?);
            lines.extend(import::updated(before, there, has_new_password, linked.clone()));
        }
        Ok(Put::Updated)
    }
}

impl NewAccount {
    /// The provider, and the account's id there.
    fn linked(&self) -> (String, String) {
        (self.provider_id.clone(), self.account_id.clone().unwrap_or_default())
    }

    /// Whether it is the account of a provider and its id there.
    fn is(&self, (provider_id, account_id): &(String, String)) -> bool {
        self.provider_id == *provider_id && self.account_id.as_ref() == Some(account_id)
    }
}
