//! `signet users`: what an operator does to users by hand.

mod export;
mod import;

use std::fs::{File, OpenOptions};
use std::io::{BufRead, IsTerminal};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{Failure, away, parts};
use crate::app::Config;
use crate::app::Parts;
use crate::base::text::email::Email;
use crate::crypto::password::Password;
use crate::http::house::House;
use crate::store::{Created, NewAccount, NewUser, User, UserChanges};
use crate::users::admins::Admins;

#[derive(Subcommand)]
pub enum Users {
    /// Create a user who can sign in. The password is read from standard input: one line.
    Create {
        email: String,
        /// The name; the address' local part without it.
        #[arg(long)]
        name: Option<String>,
        /// Mark the address as verified.
        #[arg(long)]
        verified: bool,
        /// Make the user an admin, whose address counts as verified: the role is the first of plugins.admin.admin_roles. It
        /// needs [plugins.admin] enabled = true.
        #[arg(long)]
        admin: bool,
    },
    /// Set the role of a user, or several with commas between them. Users have roles with [plugins.admin] enabled = true,
    /// or where the deployment has declared them ([user.additional_fields.role]).
    SetRole { email: String, role: String },
    /// Set a user's password and end all sessions. The password is read from standard input: one line.
    SetPassword { email: String },
    /// Take in the users of another system, with the hashes of their passwords: docs/import.md. A killed import goes on when
    /// it is started again.
    Import(import::Import),
    /// Write all users as JSON Lines, in the format that is imported.
    Export(export::Export),
}

pub async fn run(config: Config, command: Users) -> Result<(), Failure> {
    let names = config.username.clone();
    let kept = |name: &str| names.judge(name).ok().map(|()| names.normalized(name));
    let Parts { house, .. } = parts(config).await?;
    match command {
        Users::Create { email, name, verified, admin } => {
            let role = admin.then(|| role_of_admins(&house.admins)).transpose()?;
            create(&house, &email, name, verified, role).await
        }
        Users::SetRole { email, role } => set_role(&house, &email, role).await,
        Users::SetPassword { email } => set_password(&house, &email).await,
        Users::Import(asked) => import::run(&house, names.enabled.then_some(&kept), asked).await,
        Users::Export(asked) => export::run(&house, asked).await,
    }
}

/// The role of a new admin.
fn role_of_admins(admins: &Admins) -> Result<String, Failure> {
    let refused = |text: &str| Failure::Refused(text.to_owned());
    let off = || refused("There are no admins here. Turn them on: [plugins.admin] enabled = true.");
    let role = admins.users.as_ref().ok_or_else(off)?.roles.first().cloned();
    role.ok_or_else(|| refused("No role makes an admin: plugins.admin.admin_roles is empty. Name one there."))
}

/// Makes a user; with a role of admins, an admin.
async fn create(
    house: &House,
    email: &str,
    name: Option<String>,
    verified: bool,
    role: Option<String>,
) -> Result<(), Failure> {
    let email = parse(email)?;
    let hash = hash(house, read_password()?).await?;
    let name = name.unwrap_or_else(|| email.as_str().split('@').next().unwrap_or_default().to_owned());
    let mut more =
        house.new_fields(&Map::new()).map_err(|error| Failure::Refused(format!("{}.", error.plain_message())))?;
    let is_admin = role.is_some();
    let verified = verified || is_admin;
    more.extend(role.map(|role| ("role".to_owned(), Value::String(role))));
    let new = NewUser {
        name,
        email: email.as_str().to_owned(),
        email_verified: verified,
        image: None,
        created_at: house.clock.now(),
        more,
    };
    match house.store.create_user(new, NewAccount::credential(hash)).await.map_err(away)? {
        Created::User(user) => {
            let role = user.more.get("role").and_then(Value::as_str).filter(|_| is_admin);
            let role = role.map(|role| format!(" and the role {role}")).unwrap_or_default();
            println!("Created {} with id {}{role}.", user.email, user.id);
        }
        Created::EmailTaken => {
            return Err(Failure::Refused(format!("There is a user with the address {} already.", email.as_str())));
        }
    }
    Ok(())
}

async fn set_role(house: &House, email: &str, role: String) -> Result<(), Failure> {
    let field = house.user_fields.iter().find(|field| field.name == "role");
    let Some(field) = field else {
        return Err(Failure::Refused("Users have no roles here. Turn them on: [plugins.admin] enabled = true.".into()));
    };
    let user = find(house, email).await?;
    let more = Map::from_iter([(field.name.clone(), Value::String(role.clone()))]);
    house.store.update_user(&user.id, UserChanges { more, ..UserChanges::default() }).await.map_err(away)?;
    println!("{} has the role {role}.", user.email);
    Ok(())
}

async fn set_password(house: &House, email: &str) -> Result<(), Failure> {
    let user = find(house, email).await?;
    let hash = hash(house, read_password()?).await?;
    let account = house.store.credential_account(&user.id).await.map_err(away)?;
    match account {
        Some(account) => {
            house.store.change_password(&account.id, &user.id, hash.expose_secret(), None).await.map_err(away)?;
        }
        None => house.store.create_account(&user.id, NewAccount::credential(hash)).await.map(drop).map_err(away)?,
    }
    let ended = house.store.delete_sessions_of(&user.id, None).await.map_err(away)?;
    println!("Set the password of {} and ended {ended} sessions.", user.email);
    Ok(())
}

/// A new file that its owner alone can read.
fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn parse(email: &str) -> Result<Email, Failure> {
    Email::parse(email).ok_or_else(|| Failure::Refused(format!("`{email}` is no e-mail address.")))
}

async fn find(house: &House, email: &str) -> Result<User, Failure> {
    let email = parse(email)?;
    let found = house.store.user_by_email(email.as_str()).await.map_err(away)?;
    found.ok_or_else(|| Failure::Refused(format!("There is no user with the address {}.", email.as_str())))
}

async fn hash(house: &House, password: Password) -> Result<SecretString, Failure> {
    house
        .email_and_password
        .check_new_password(&password, &[])
        .map_err(|error| Failure::Refused(format!("{}.", error.plain_message())))?;
    house.passwords.hash(password).await.map_err(|error| Failure::Refused(format!("{}.", error.plain_message())))
}

fn read_password() -> Result<Password, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Type the password, then Enter:");
    }
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::Refused(format!("The password could not be read: {error}.")))?;
    Ok(Password::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}
