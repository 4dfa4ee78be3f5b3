//! Who may change whose role in an organisation.

use api::Role;

/// Why a member may not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Only owners decide who is one.
    #[error("only an owner changes who is an owner")]
    OwnersOnly,
    /// Somebody has to own it.
    #[error("an organisation needs an owner: make somebody else one first")]
    LastOwner,
}

/// Whether somebody of the role `by` may make a member of the role `before` one of `after`, or remove the member when
/// that is none, while there are `owners`.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn change(by: Role, before: Role, after: Option<Role>, owners: i64) -> Result<(), Refused> {
    let concerns_owners = before == Role::Owner || after == Some(Role::Owner);
    if concerns_owners && by != Role::Owner {
        return Err(Refused::OwnersOnly);
    }
    leave(before, after, owners)
}

/// Whether a member of the role `before` may be one of `after` while there are `owners`, when it is the member's own
/// wish.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn leave(before: Role, after: Option<Role>, owners: i64) -> Result<(), Refused> {
    match before == Role::Owner && after != Some(Role::Owner) && owners <= 1 {
        true => Err(Refused::LastOwner),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admins_change_everybody_but_owners() {
        for before in [Role::Viewer, Role::Responder, Role::Editor, Role::Admin] {
            for after in [None, Some(Role::Viewer), Some(Role::Admin)] {
                assert_eq!(change(Role::Admin, before, after, 1), Ok(()));
                assert_eq!(change(Role::Owner, before, after, 1), Ok(()));
            }
            let promoted = Some(Role::Owner);
            assert_eq!(change(Role::Admin, before, promoted, 1), Err(Refused::OwnersOnly));
            assert_eq!(change(Role::Owner, before, promoted, 1), Ok(()));
        }
        for after in [None, Some(Role::Viewer)] {
            assert_eq!(
                change(Role::Admin, Role::Owner, after, 2),
                Err(Refused::OwnersOnly)
            );
            assert_eq!(change(Role::Owner, Role::Owner, after, 2), Ok(()));
        }
    }

    #[test]
    fn an_owner_is_always_left() {
        for after in [None, Some(Role::Admin)] {
            assert_eq!(
                change(Role::Owner, Role::Owner, after, 1),
                Err(Refused::LastOwner)
            );
            assert_eq!(leave(Role::Owner, after, 1), Err(Refused::LastOwner));
            assert_eq!(leave(Role::Owner, after, 2), Ok(()));
        }
        assert_eq!(change(Role::Owner, Role::Owner, Some(Role::Owner), 1), Ok(()));
        assert_eq!(leave(Role::Editor, None, 1), Ok(()));
    }
}
