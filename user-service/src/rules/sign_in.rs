//! Signing in with a provider: what is remembered meanwhile, where one goes on, and why it may fail.

use domain::text::hidden;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use uuid::Uuid;

/// The longest path to which somebody returns, in bytes.
const MAX_RETURN: usize = 1_024;

/// The page of an invitation, which the dashboard knows without its token.
pub(crate) const INVITATION_PAGE: &str = "/invitation";

/// What somebody is at a provider for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// Signing in, or making an account.
    SignIn,
    /// The same, by which the invitation with this token is accepted.
    Join { invitation: String },
    /// Linking a login to an account.
    Link(Asking),
    /// Showing once more to be the owner of an account.
    Confirm(Asking),
}

/// Who asks, in which session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asking {
    pub(crate) user_id: i64,
    pub(crate) org_id: i64,
    /// As access tokens call it.
    pub(crate) session: Option<Uuid>,
}

impl Purpose {
    /// The page on which somebody reads what came of it.
    pub(crate) fn page(&self) -> &'static str {
        match self {
            Self::SignIn => "/login",
            Self::Join { .. } => INVITATION_PAGE,
            Self::Link(_) | Self::Confirm(_) => "/account",
        }
    }
}

/// The path to which somebody returns: that of the dashboard which is asked for, never another site.
pub(crate) fn return_path(asked: Option<&str>) -> String {
    match asked {
        Some(path) if is_local(path) => path.to_owned(),
        _ => "/".to_owned(),
    }
}

/// Browsers read `//host` and `/\host` as another host, and leave out tabs and line breaks before.
fn is_local(path: &str) -> bool {
    let rest = path.strip_prefix('/');
    path.len() <= MAX_RETURN
        && rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && path.is_ascii()
        && !path.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '\\')
        && hidden(path).is_none()
}

/// Where the dashboard asks for the password of an account to which a login of `provider` is linked by it, and goes on to
/// `return_to`.
pub(crate) fn linked_by_password(provider: &str, return_to: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("link", provider)
        .append_pair("next", return_to)
        .finish();
    format!("/login?{query}")
}

/// Where the dashboard asks for a code, and goes on to `return_to`. The challenge is in the fragment, which browsers send to
/// nobody.
pub(crate) fn second_step(return_to: &str, challenge: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", return_to)
        .finish();
    format!("/login?{query}#{challenge}")
}

/// Why somebody has not come in. The name is in the address of the page that says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The cookie is not there (any more), or is of another attempt.
    Expired,
    /// The person said no at the provider.
    Denied,
    /// The provider says that something is wrong.
    Provider,
    /// The provider does not answer.
    Unavailable,
    /// What the provider answered proves nothing.
    Unproven,
    /// The person is of no domain or group that may sign in.
    NotAdmitted,
    /// The provider does not know that the address is the person's.
    UnverifiedEmail,
    /// Nobody can make an account.
    Closed,
    /// The address has no invitation.
    NotInvited,
    /// The invitation that came along is not good any more.
    Invitation,
    /// The invitation that came along is to another address.
    AnotherAddress,
    /// The person is in as many organisations as one may be.
    TooManyOrganisations,
    /// There is an account with the address that has no password; it signs in another way.
    AccountExists,
    /// The login is another account's.
    LinkedElsewhere,
    /// The login is none of this account's.
    AnotherLogin,
    /// The account is in no organisation any more.
    NoOrganisation,
    /// The account's address is not verified.
    Overdue,
    /// An account has as many logins as it may.
    TooMany,
    /// A fault of ours.
    Failed,
}

impl Failure {
    /// The name in addresses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Denied => "denied",
            Self::Provider => "provider",
            Self::Unavailable => "unavailable",
            Self::Unproven => "unproven",
            Self::NotAdmitted => "not_admitted",
            Self::UnverifiedEmail => "unverified_email",
            Self::Closed => "closed",
            Self::NotInvited => "not_invited",
            Self::Invitation => "invitation",
            Self::AnotherAddress => "another_address",
            Self::TooManyOrganisations => "too_many_organisations",
            Self::AccountExists => "account_exists",
            Self::LinkedElsewhere => "linked_elsewhere",
            Self::AnotherLogin => "another_login",
            Self::NoOrganisation => "no_organisation",
            Self::Overdue => "overdue",
            Self::TooMany => "too_many",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_dashboard_are_returned_to() {
        for path in ["/", "/monitors/7?q=a%20b#x", "/incidents"] {
            assert_eq!(return_path(Some(path)), path);
        }
        let long = format!("/{}", "a".repeat(MAX_RETURN));
        for path in [
            "",
            "x",
            "//evil.example/",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example/",
            "/a b",
            "/a\r\nSet-Cookie: x=1",
            "\\\\evil.example",
            "/ä",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(return_path(Some(path)), "/", "{path}");
        }
        assert_eq!(return_path(None), "/");
    }

    #[test]
    fn the_challenge_is_sent_to_nobody() {
        assert_eq!(
            second_step("/monitors?q=a&b#x", "AQAB-_"),
            "/login?next=%2Fmonitors%3Fq%3Da%26b%23x#AQAB-_"
        );
    }

    #[test]
    fn a_purpose_survives_its_way_through_a_cookie() {
        let asking = Asking {
            user_id: 7,
            org_id: 3,
            session: None,
        };
        let join = Purpose::Join {
            invitation: "AQAB".to_owned(),
        };
        for purpose in [
            Purpose::SignIn,
            join,
            Purpose::Link(asking),
            Purpose::Confirm(asking),
        ] {
            let json = serde_json::to_string(&purpose).unwrap();
            assert_eq!(serde_json::from_str::<Purpose>(&json).unwrap(), purpose);
        }
    }
}
