//! Who may do what: roles and permissions.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do in an organisation; each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything.
    Viewer,
    /// Changes monitors and channels.
    Editor,
    /// Changes members.
    Admin,
    /// Removes the organisation.
    Owner,
}

impl Role {
    /// All of them, the smallest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// The name in JSON, in headers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
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

/// What an operation needs; a type, so that an operation without one does not compile.
pub trait Permission {
    /// The smallest role that has the permission; none where no credential is needed.
    const ROLE: Option<Role>;

    /// The name in the document.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $role:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permission for $name {
                const ROLE: Option<Role> = Some(Role::$role);
                const NAME: &'static str = stringify!($name);
            }
        )*
    };
}

permissions! {
    /// Sees what the organisation has, without its secrets.
    View: Viewer;
    /// Acknowledges incidents and writes notes on them.
    Respond: Editor;
    /// Changes monitors and maintenance windows.
    ManageMonitors: Editor;
    /// Changes channels.
    ManageChannels: Editor;
}

/// Needs no credential.
#[derive(Clone, Copy, Debug)]
pub struct Public;

impl Permission for Public {
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
