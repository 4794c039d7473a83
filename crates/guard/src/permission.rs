//! Who may do what, as one table. Roles hold permissions; an API key holds at most what its owner holds, cut down by its scope;
//! the console and the system hold all; nobody holds none.
//!
//! To add a permission: a variant, its line in `as_str`, its line in [`Permission::ALL`], and the rows of `POLICY` that grant it.

use crate::audit::Actor;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a user is. Each role holds everything the one before it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees the plan.
    Viewer,
    /// Keeps the plan.
    Operator,
    /// Keeps the installation.
    Admin,
}

impl Role {
    /// All roles, weakest first.
    pub const ALL: &[Self] = &[Self::Viewer, Self::Operator, Self::Admin];

    /// The stored and displayed word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// How much of its owner's rights an API key carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reading only.
    Read,
    /// What an operator may, except making further keys (or a key could give itself more than it was given).
    Write,
    /// Everything the owner may.
    Admin,
}

impl Scope {
    /// All scopes, narrowest first.
    pub const ALL: &[Self] = &[Self::Read, Self::Write, Self::Admin];

    /// The stored and displayed word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    fn carries(self, permission: Permission) -> bool {
        match self {
            Self::Read => permission.reads(),
            Self::Write => holds(Role::Operator, permission) && permission != Permission::ApiKeyWrite,
            Self::Admin => true,
        }
    }
}

/// The word names no role or scope; holds the words that would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    expected: &'static str,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", self.expected)
    }
}

impl std::error::Error for UnknownWord {}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().find(|role| role.as_str() == word).copied().ok_or(UnknownWord { expected: "viewer, operator, admin" })
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().find(|scope| scope.as_str() == word).copied().ok_or(UnknownWord { expected: "read, write, admin" })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that can be allowed, as noun and verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is its noun and verb; a sentence could only repeat them")]
pub enum Permission {
    AddressRead,
    AddressWrite,
    ApiKeyRead,
    ApiKeyWrite,
    AuditRead,
    ImportRun,
    SearchRead,
    SelfRead,
    SettingRead,
    SettingWrite,
    SiteRead,
    SiteWrite,
    SubnetRead,
    SubnetWrite,
    TagRead,
    TagWrite,
    UserRead,
    UserWrite,
    VlanRead,
    VlanWrite,
    VrfRead,
    VrfWrite,
}

use Permission as P;

impl Permission {
    /// Every permission, sorted by its text. `self:read` is one's own session, `api_key:*` one's own keys.
    pub const ALL: &[Self] = &[
        P::AddressRead,
        P::AddressWrite,
        P::ApiKeyRead,
        P::ApiKeyWrite,
        P::AuditRead,
        P::ImportRun,
        P::SearchRead,
        P::SelfRead,
        P::SettingRead,
        P::SettingWrite,
        P::SiteRead,
        P::SiteWrite,
        P::SubnetRead,
        P::SubnetWrite,
        P::TagRead,
        P::TagWrite,
        P::UserRead,
        P::UserWrite,
        P::VlanRead,
        P::VlanWrite,
        P::VrfRead,
        P::VrfWrite,
    ];

    /// `noun:verb`, as shown on the permission matrix and in refusals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            P::AddressRead => "address:read",
            P::AddressWrite => "address:write",
            P::ApiKeyRead => "api_key:read",
            P::ApiKeyWrite => "api_key:write",
            P::AuditRead => "audit:read",
            P::ImportRun => "import:run",
            P::SearchRead => "search:read",
            P::SelfRead => "self:read",
            P::SettingRead => "setting:read",
            P::SettingWrite => "setting:write",
            P::SiteRead => "site:read",
            P::SiteWrite => "site:write",
            P::SubnetRead => "subnet:read",
            P::SubnetWrite => "subnet:write",
            P::TagRead => "tag:read",
            P::TagWrite => "tag:write",
            P::UserRead => "user:read",
            P::UserWrite => "user:write",
            P::VlanRead => "vlan:read",
            P::VlanWrite => "vlan:write",
            P::VrfRead => "vrf:read",
            P::VrfWrite => "vrf:write",
        }
    }

    /// Whether this permission only looks.
    #[must_use]
    pub fn reads(self) -> bool {
        self.as_str().ends_with(":read")
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The policy: what each role adds to the roles below it.
const POLICY: &[(Role, &[Permission])] = &[
    (
        Role::Viewer,
        &[
            P::AddressRead,
            P::ApiKeyRead,
            P::ApiKeyWrite,
            P::SearchRead,
            P::SelfRead,
            P::SiteRead,
            P::SubnetRead,
            P::TagRead,
            P::VlanRead,
            P::VrfRead,
        ],
    ),
    (Role::Operator, &[P::AddressWrite, P::AuditRead, P::ImportRun, P::SiteWrite, P::SubnetWrite, P::TagWrite, P::VlanWrite, P::VrfWrite]),
    (Role::Admin, &[P::SettingRead, P::SettingWrite, P::UserRead, P::UserWrite]),
];

/// Whether `role`, or one below it, is given `permission` by the policy.
fn holds(role: Role, permission: Permission) -> bool {
    POLICY.iter().any(|(from, permissions)| *from <= role && permissions.contains(&permission))
}

/// Whether `actor` may do `permission` at all; the object itself is asked about by [`authorize`].
#[must_use]
pub fn granted(actor: &Actor, permission: Permission) -> bool {
    match actor {
        Actor::Anonymous => false,
        Actor::User { role, .. } => holds(*role, permission),
        Actor::Key { role, scope, .. } => holds(*role, permission) && scope.carries(permission),
        Actor::Console | Actor::System => true,
    }
}

/// A thing that its actor has been allowed to touch. Only [`authorize`] makes one, so whatever asks for `Allowed<T>` cannot be
/// reached without the question.
#[derive(Debug)]
#[must_use]
pub struct Allowed<T>(T);

impl<T> Allowed<T> {
    /// The thing.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The thing, and the permission spent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The actor does not hold the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// What would have been needed.
    pub permission: Permission,
    /// Nobody is logged in: asking to log in helps. Otherwise it does not.
    pub anonymous: bool,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.anonymous { f.write_str("not logged in") } else { write!(f, "this needs the permission {}", self.permission) }
    }
}

impl std::error::Error for Denied {}

/// Allows `actor` to do `permission` to `object`, or says why not.
pub fn authorize<T>(actor: &Actor, permission: Permission, object: T) -> Result<Allowed<T>, Denied> {
    if granted(actor, permission) { Ok(Allowed(object)) } else { Err(Denied { permission, anonymous: matches!(actor, Actor::Anonymous) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(role: Role) -> Actor {
        Actor::User { id: 1, role }
    }

    fn key(role: Role, scope: Scope) -> Actor {
        Actor::Key { key_id: 2, owner_id: 1, role, scope }
    }

    fn list(actor: &Actor) -> Vec<&'static str> {
        Permission::ALL.iter().filter(|permission| granted(actor, **permission)).map(|permission| permission.as_str()).collect()
    }

    #[test]
    fn the_slices_are_sorted_and_whole() {
        let words: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        assert!(words.is_sorted());
        for permission in Permission::ALL {
            let rows = POLICY.iter().filter(|(_, permissions)| permissions.contains(permission)).count();
            assert_eq!(rows, 1, "{permission} belongs to exactly one row");
        }
        for (_, permissions) in POLICY {
            assert!(permissions.iter().all(|permission| Permission::ALL.contains(permission)));
        }
    }

    #[test]
    fn roles() {
        assert_eq!(list(&Actor::Anonymous), Vec::<&str>::new());
        assert_eq!(
            list(&user(Role::Viewer)),
            [
                "address:read",
                "api_key:read",
                "api_key:write",
                "search:read",
                "self:read",
                "site:read",
                "subnet:read",
                "tag:read",
                "vlan:read",
                "vrf:read"
            ]
        );
        let operator = list(&user(Role::Operator));
        for word in ["subnet:write", "address:write", "import:run", "audit:read"] {
            assert!(operator.contains(&word), "{word}");
        }
        for word in ["user:read", "user:write", "setting:read", "setting:write"] {
            assert!(!operator.contains(&word), "{word}");
        }
        let all: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        assert_eq!(list(&user(Role::Admin)), all);
        assert_eq!(list(&Actor::Console), all);
        assert_eq!(list(&Actor::System), all);
    }

    #[test]
    fn a_key_never_exceeds_its_owner_nor_its_scope() {
        for role in Role::ALL {
            for scope in Scope::ALL {
                for permission in Permission::ALL {
                    if granted(&key(*role, *scope), *permission) {
                        assert!(granted(&user(*role), *permission), "{role} {scope} {permission}");
                    }
                }
            }
            assert_eq!(list(&key(*role, Scope::Admin)), list(&user(*role)));
            assert!(list(&key(*role, Scope::Read)).iter().all(|word| word.ends_with(":read")));
            assert!(!granted(&key(*role, Scope::Write), P::ApiKeyWrite));
        }
        assert!(granted(&key(Role::Admin, Scope::Write), P::SubnetWrite));
        assert!(!granted(&key(Role::Admin, Scope::Write), P::UserWrite));
        assert!(!granted(&key(Role::Viewer, Scope::Write), P::SubnetWrite));
        assert!(granted(&key(Role::Admin, Scope::Read), P::UserRead));
    }

    #[test]
    fn refusals_say_what_is_missing() {
        assert_eq!(authorize(&user(Role::Viewer), P::SubnetRead, 7).unwrap().into_inner(), 7);
        let denied = authorize(&user(Role::Viewer), P::SubnetWrite, 7).unwrap_err();
        assert_eq!(denied, Denied { permission: P::SubnetWrite, anonymous: false });
        assert_eq!(denied.to_string(), "this needs the permission subnet:write");
        assert!(authorize(&Actor::Anonymous, P::SubnetRead, 7).unwrap_err().anonymous);
    }

    #[test]
    fn words_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), *role);
            assert_eq!(serde_json::to_string(role).unwrap(), format!("\"{role}\""));
        }
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse::<Scope>().unwrap(), *scope);
            assert_eq!(serde_json::to_string(scope).unwrap(), format!("\"{scope}\""));
        }
        assert_eq!("root".parse::<Role>().unwrap_err().to_string(), "expected one of viewer, operator, admin");
    }
}
