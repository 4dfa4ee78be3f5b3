//! Accounts and sessions.

use domain::OrgId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Public, Role, View};
use crate::operation::{given_or, given_or_value, operation};

/// A new account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// The e-mail address, at most 254 bytes.
    pub email: String,
    /// 10 to 128 characters, and not easily guessed.
    pub password: String,
    /// What others call this person.
    pub name: String,
}

/// What signs in to an account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: i64,
    /// The e-mail address.
    pub email: String,
    /// What others call this person.
    pub name: String,
}

/// An organisation, with the role of the person who asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Organisation {
    /// The id.
    pub id: OrgId,
    /// The name.
    pub name: String,
    /// What the person may do in it.
    pub role: Role,
}

/// A person in an organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account {
    /// The person.
    pub user: User,
    /// The active organisation.
    pub org: Organisation,
}

/// An access token and whom it speaks for. The refresh token is a cookie.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// Goes into `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds until it is no longer accepted.
    pub expires_in: i64,
    /// Whom it speaks for.
    #[serde(flatten)]
    pub account: Account,
}

operation! {
    /// Creates an account and an organisation that it owns.
    Register "Accounts": Post "/auth/register", Public;
    body Registration;
    answer 201 Session;
    rate SignIn;
}

operation! {
    /// Signs in.
    Login "Accounts": Post "/auth/login", Public;
    body Credentials;
    answer 200 Session;
    rate SignIn;
}

operation! {
    /// Exchanges the refresh cookie for a new session.
    Refresh "Accounts": Post "/auth/refresh", Public;
    answer 200 Session;
    rate Session;
}

operation! {
    /// Ends the session of the refresh cookie.
    Logout "Accounts": Post "/auth/logout", Public;
    answer 204;
    rate Session;
}

operation! {
    /// Who the credential speaks for.
    GetMe "Accounts": Get "/me", View;
    answer 200 Account;
}
