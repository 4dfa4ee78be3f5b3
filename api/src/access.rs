//! Who may do what: roles and permissions.

use std::str::FromStr;

use domain::{ApiKeyId, OrgId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do in an organisation; each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees what there is, without secrets.
    Viewer,
    /// Acknowledges incidents and writes notes.
    Responder,
    /// Changes monitors and maintenance windows.
    Editor,
    /// Changes channels, members and API keys.
    Admin,
    /// Changes who is an owner.
    Owner,
}

impl Role {
    /// All of them, the smallest first.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Responder,
        Self::Editor,
        Self::Admin,
        Self::Owner,
    ];

    /// The name in JSON, in headers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// On whose behalf a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The active organisation; every query is scoped by it.
    pub org_id: OrgId,
    /// Who acts in it.
    pub actor: Actor,
    /// What the actor may do in it.
    pub role: Role,
    /// Whether the actor sees only the monitors that have one of some tags, which user-service looks up.
    pub narrowed: bool,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person, by the user's id.
    User(i64),
    /// An API key.
    Key {
        /// The key.
        id: ApiKeyId,
        /// The user who created it.
        creator: i64,
    },
}

impl Principal {
    /// The id of the user who acts, or who has created the key that does.
    pub fn user_id(&self) -> i64 {
        match self.actor {
            Actor::User(id) => id,
            Actor::Key { creator, .. } => creator,
        }
    }

    /// The API key that acts, if it is one.
    pub fn key(&self) -> Option<ApiKeyId> {
        match self.actor {
            Actor::User(_) => None,
            Actor::Key { id, .. } => Some(id),
        }
    }
}

/// Who calls an operation, as its handler is given it.
pub trait Caller: Sized + 'static {
    /// The caller, with the help of what verifies credentials.
    ///
    /// # Errors
    /// Those of `authenticate`.
    fn identify<E>(authenticate: impl FnOnce() -> Result<Principal, E>) -> Result<Self, E>;

    /// The principal, if a credential was needed.
    fn principal(&self) -> Option<&Principal>;
}

/// Anybody.
impl Caller for () {
    fn identify<E>(_: impl FnOnce() -> Result<Principal, E>) -> Result<Self, E> {
        Ok(())
    }

    fn principal(&self) -> Option<&Principal> {
        None
    }
}

impl Caller for Principal {
    fn identify<E>(authenticate: impl FnOnce() -> Result<Principal, E>) -> Result<Self, E> {
        authenticate()
    }

    fn principal(&self) -> Option<&Principal> {
        Some(self)
    }
}

/// What an operation needs; a type, so that an operation without one does not compile.
pub trait Permission {
    /// Who may have it: a [`Principal`], or anybody.
    type Caller: Caller;

    /// The smallest role that has the permission; none where no credential is needed.
    const ROLE: Option<Role>;

    /// Whether only people have it: an API key changes neither members, nor keys, nor how somebody signs in.
    const PEOPLE_ONLY: bool = false;

    /// Whether it concerns the whole organisation: who is narrowed to tags has it not.
    const WHOLE_ORGANISATION: bool = false;

    /// The name in the document.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $role:ident $(for $people:ident)? $(of the $whole:ident)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permission for $name {
                type Caller = Principal;

                const ROLE: Option<Role> = Some(Role::$role);
                $(const PEOPLE_ONLY: bool = { stringify!($people); true };)?
                $(const WHOLE_ORGANISATION: bool = { stringify!($whole); true };)?
                const NAME: &'static str = stringify!($name);
            }
        )*
    };
}

permissions! {
    /// Sees what the organisation has, without its secrets.
    View: Viewer;
    /// Acknowledges incidents and writes notes on them.
    Respond: Responder;
    /// Changes monitors and maintenance windows.
    ManageMonitors: Editor;
    /// Sees and changes the key under which all heartbeats are pinged by their slugs.
    ManagePingKey: Admin of the organisation;
    /// Changes tags, by which monitors are seen.
    ManageTags: Editor of the organisation;
    /// Changes channels.
    ManageChannels: Admin of the organisation;
    /// Sees where alerts go: routes, escalation policies, on-call schedules and teams.
    ViewAlertPolicy: Viewer of the organisation;
    /// Changes where alerts go.
    ManageAlertPolicy: Admin of the organisation;
    /// Changes who stands in on call.
    TakeOver: Responder of the organisation;
    /// Sees the schedules of SLA reports, and who gets them.
    ViewSlaSchedules: Viewer of the organisation;
    /// Changes the schedules of SLA reports.
    ManageSlaSchedules: Editor of the organisation;
    /// Sees status pages as they are set up, and their reports.
    ViewStatusPages: Viewer of the organisation;
    /// Changes status pages, and who may see them.
    ManageStatusPages: Admin of the organisation;
    /// Publishes reports on status pages.
    ManageReports: Editor of the organisation;
    /// Sees who has changed what.
    ReadAuditLog: Admin of the organisation;
    /// Sees and changes the own account, and in which organisations it is.
    ManageAccount: Viewer for people;
    /// Sees who the members are.
    SeeMembers: Viewer for people of the organisation;
    /// Sees how much there is of what the plan allows, also of what is not seen otherwise.
    SeeUsage: Viewer of the organisation;
    /// Changes members, and invites them.
    ManageMembers: Admin for people of the organisation;
    /// Changes API keys.
    ManageApiKeys: Admin for people of the organisation;
    /// Changes what the organisation is called.
    ManageOrganisation: Admin for people of the organisation;
    /// Has the organisation deleted.
    OwnOrganisation: Owner for people of the organisation;
    /// Exports everything that the organisation has.
    ExportEverything: Admin for people of the organisation;
}

/// Needs no credential.
#[derive(Clone, Copy, Debug)]
pub struct Public;

impl Permission for Public {
    type Caller = ();

    const ROLE: Option<Role> = None;
    const NAME: &'static str = "Public";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_back_and_grow() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!(Role::ALL.is_sorted());
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    }
}
