//! What roles may do: each has actions on resources.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::config::Section;

/// Resources, each with its actions.
pub type Statements = BTreeMap<String, BTreeSet<String>>;

/// What somebody asks to do: resources, each with all the actions that are wanted.
pub type Wanted = Vec<(String, Vec<String>)>;

/// All that can be done to users, and to their sessions.
const USER: [&str; 12] = [
    "create",
    "list",
    "set-role",
    "ban",
    "impersonate",
    IMPERSONATE_ADMINS,
    "delete",
    "set-password",
    "set-email",
    "set-phone",
    "get",
    "update",
];
const SESSION: [&str; 3] = ["list", "revoke", "delete"];
/// The one thing that Better Auth's own role `admin` may not.
pub const IMPERSONATE_ADMINS: &str = "impersonate-admins";

/// The roles and what each may.
#[derive(Clone, Debug)]
pub struct Access {
    roles: BTreeMap<String, Statements>,
    /// Whether they are the deployment's own. Where they are not, users may have other roles too, which may nothing here.
    is_configured: bool,
}

impl Access {
    /// Reads `[plugins.admin.ac]` and `[plugins.admin.roles]`.
    pub fn read(section: &mut Section<'_>) -> Self {
        let doc = "Further resources with their actions, `RESOURCE = [\"ACTION\", …]`, beside `user` and `session`.";
        let further = section.object("ac", "none", doc);
        let mut all = all_there_is();
        if let Some(further) = further {
            match statements(&further) {
                Ok(further) => all.extend(further),
                Err(resource) => section.refuse("ac", format!("must have a list of texts at `{resource}`")),
            }
        }
        let mut own = section.table("roles");
        let mut roles = BTreeMap::new();
        for name in own.own_names() {
            let doc =
                "What a role may, `RESOURCE = [\"ACTION\", …]`. With any, these are all the roles that there are.";
            let Some(table) = own.object(&name, "Better Auth's `admin` and `user`", doc) else { continue };
            if name.is_empty() || name.trim() != name || name.contains(',') {
                own.refuse(&name, "is no name for a role: a user's roles are kept with commas between them");
            }
            match statements(&table) {
                Ok(granted) => {
                    if let Some(unknown) = unknown(&granted, &all) {
                        own.refuse(&name, format!("grants {unknown}, which is not in plugins.admin.ac"));
                    }
                    roles.insert(name, granted);
                }
                Err(resource) => own.refuse(&name, format!("must have a list of texts at `{resource}`")),
            }
        }
        if roles.is_empty() { Self::default() } else { Self { roles, is_configured: true } }
    }

    /// Whether users may be given a role.
    pub fn takes(&self, role: &str) -> bool {
        !self.is_configured || self.roles.contains_key(role)
    }

    /// All roles that have a meaning here.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    pub fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// Whether a role has a meaning here.
    pub fn knows(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// Whether one of these roles, by itself, may all that is wanted. Who wants nothing may nothing.
    pub fn permits<'r>(&self, mut roles: impl Iterator<Item = &'r str>, wanted: &Wanted) -> bool {
        roles.any(|role| {
            let granted = self.roles.get(role);
            !wanted.is_empty() && granted.is_some_and(|granted| wanted.iter().all(|want| has(granted, want)))
        })
    }

    /// Whether whoever has these roles may, taken one by one, all that another role may.
    pub fn covers<'r>(&self, roles: impl Iterator<Item = &'r str> + Clone, other: &str) -> bool {
        let Some(granted) = self.roles.get(other) else { return true };
        let mut each = granted.iter().flat_map(|(resource, actions)| actions.iter().map(move |one| (resource, one)));
        each.all(|(resource, action)| self.permits(roles.clone(), &vec![(resource.clone(), vec![action.clone()])]))
    }
}

impl Default for Access {
    /// Better Auth's own: `admin` may all but impersonate admins, `user` may nothing.
    fn default() -> Self {
        let mut admin = all_there_is();
        admin.values_mut().for_each(|actions| actions.retain(|action| action != IMPERSONATE_ADMINS));
        let roles = BTreeMap::from([("admin".to_owned(), admin), ("user".to_owned(), Statements::new())]);
        Self { roles, is_configured: false }
    }
}

fn has(granted: &Statements, (resource, actions): &(String, Vec<String>)) -> bool {
    let granted = granted.get(resource);
    !actions.is_empty() && granted.is_some_and(|granted| actions.iter().all(|action| granted.contains(action)))
}

fn all_there_is() -> Statements {
    let of = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
    Statements::from([("user".to_owned(), of(&USER)), ("session".to_owned(), of(&SESSION))])
}

/// A table as statements, or the resource that has no list of texts.
fn statements(table: &Table) -> Result<Statements, String> {
    let of = |(resource, value): (&String, &Value)| {
        let actions =
            value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        actions.map(|actions| (resource.clone(), actions)).ok_or_else(|| resource.clone())
    };
    table.iter().map(of).collect()
}

/// What is granted and not there.
fn unknown(granted: &Statements, all: &Statements) -> Option<String> {
    let mut each = granted.iter().flat_map(|(resource, actions)| actions.iter().map(move |action| (resource, action)));
    let found = each.find(|(resource, action)| !all.get(*resource).is_some_and(|actions| actions.contains(*action)));
    found.map(|(resource, action)| format!("`{resource}.{action}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(resource: &str, actions: &[&str]) -> (String, Vec<String>) {
        (resource.to_owned(), actions.iter().map(|action| (*action).to_owned()).collect())
    }

    #[test]
    fn one_role_must_grant_all_that_is_wanted() {
        let grants = |resource: &str, action: &str| {
            Statements::from([(resource.to_owned(), BTreeSet::from([action.to_owned()]))])
        };
        let roles = BTreeMap::from([
            ("reader".to_owned(), grants("user", "get")),
            ("lister".to_owned(), grants("user", "list")),
            ("both".to_owned(), Statements::from([("user".to_owned(), ["get", "list"].map(str::to_owned).into())])),
        ]);
        let access = Access { roles, is_configured: true };
        let both = vec![wanted("user", &["get", "list"])];
        assert!(!access.permits(["reader", "lister"].into_iter(), &both), "permissions are not summed");
        assert!(access.permits(["reader", "both"].into_iter(), &both));
        assert!(access.covers(["reader", "lister"].into_iter(), "both"), "but each is held");
        assert!(!access.covers(["reader"].into_iter(), "both"));
        assert!(access.takes("both") && !access.takes("nobody") && !access.takes("both,reader"));
    }

    #[test]
    fn who_wants_nothing_or_what_is_not_there_is_permitted_nothing() {
        let access = Access::default();
        for nothing in [vec![], vec![wanted("user", &[])], vec![wanted("project", &["create"])]] {
            assert!(!access.permits(["admin"].into_iter(), &nothing), "{nothing:?}");
        }
        assert!(access.permits(["admin"].into_iter(), &vec![wanted("user", &["ban"]), wanted("session", &["list"])]));
        assert!(!access.permits(["admin"].into_iter(), &vec![wanted("user", &["ban", IMPERSONATE_ADMINS])]));
        assert!(!access.permits(["user", "__proto__", ""].into_iter(), &vec![wanted("user", &["get"])]));
    }
}
