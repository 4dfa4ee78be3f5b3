//! Accounts and sessions.

use domain::{OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{ManageAccount, Public};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::organisation::Organisation;
use crate::version::Versioned;

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
    /// The token of an invitation to this address: the account is created in the organisation that invites.
    pub invitation: Option<String>,
}

/// What signs in to an account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The token of an invitation to this address, which is accepted: the session is in the organisation that invites.
    pub invitation: Option<String>,
    /// Whether the login at a provider with this address, which waits for the password in a cookie, is linked.
    pub link_identity: bool,
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
    /// Whether it is known that the address is this person's.
    pub email_verified: bool,
    /// Whether signing in needs a code beside the password.
    pub second_factor: bool,
    /// The address that becomes the account's once the link is followed that was mailed to it; null when no change is under
    /// way.
    #[schema(required = true)]
    pub pending_email: Option<PendingEmail>,
}

/// An address to which an account is to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingEmail {
    /// The e-mail address.
    pub email: String,
    /// Until when the link is good; nothing changes after that.
    pub expires_at: Timestamp,
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

/// An organisation in which a session goes on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationChoice {
    /// The organisation's id.
    pub org_id: OrgId,
}

/// What changes of the own account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountInput {
    /// What others call this person.
    pub name: Option<String>,
}

/// A new password.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordChange {
    /// The password as it is.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
    /// The new one: 10 to 128 characters, and not easily guessed.
    pub password: String,
}

/// A new e-mail address.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EmailChange {
    /// The password.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
    /// The new address, at most 254 bytes.
    pub email: String,
}

/// What somebody has who has read a mail.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailedToken {
    /// The token of the link in the mail.
    pub token: String,
}

/// Whose password was forgotten.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResetRequest {
    /// The e-mail address.
    pub email: String,
}

/// A new password in place of a forgotten one.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordReset {
    /// The token of the link in the mail.
    pub token: String,
    /// The new password: 10 to 128 characters, and not easily guessed.
    pub password: String,
}

/// A login that goes on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionInfo {
    /// The id.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was used last, to the hour.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// The client's address when it was used last.
    #[schema(required = true)]
    pub address: Option<String>,
    /// The client's `User-Agent` when it was used last.
    #[schema(required = true)]
    pub user_agent: Option<String>,
}

/// The sessions of an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// All of them, the latest used first.
    pub items: Vec<SessionInfo>,
}

/// Names a session.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SessionPath {
    /// The session's id.
    pub id: Uuid,
}

impl PathParams for SessionPath {
    const RESOURCE: &'static str = "session";
}

operation! {
    /// Creates an account and an organisation that it owns.
    Register "Accounts": Post "/auth/register", Public;
    body Registration;
    answer 201 Session;
    rate SignIn;
}

operation! {
    /// Signs in. Where the second factor is on, a right password is answered 403 with a challenge for the second step.
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
    /// Exchanges the refresh cookie for a session in another organisation of the same person.
    SwitchOrganisation "Accounts": Post "/auth/switch", Public;
    body OrganisationChoice;
    answer 200 Session;
    rate Session;
}

operation! {
    /// Who the credential speaks for.
    GetMe "Accounts": Get "/me", ManageAccount;
    answer 200 Account;
    etag Versioned::etag;
}

operation! {
    /// Changes the own account: what is left out stays.
    EditMe "Accounts": Patch "/me", ManageAccount;
    body AccountInput;
    answer 200 Account;
    etag Versioned::etag;
}

operation! {
    /// Changes the password, and ends all other sessions.
    ChangePassword "Accounts": Post "/me/password", ManageAccount;
    body PasswordChange;
    answer 204;
}

operation! {
    /// Sends a mail to a new address, whose link makes it the account's. Until then nothing changes; without a mail server the address changes at once.
    ChangeEmail "Accounts": Post "/me/email", ManageAccount;
    body EmailChange;
    answer 202;
}

operation! {
    /// Ends the change to a new e-mail address, if one is under way: the link that was mailed is good for nothing any more.
    CancelEmailChange "Accounts": Delete "/me/email", ManageAccount;
    answer 204;
}

operation! {
    /// Sends the mail once more by which the account's address is verified.
    ResendVerification "Accounts": Post "/me/verification", ManageAccount;
    answer 202;
}

operation! {
    /// Verifies an address by the token of a mail: that of a new account, or one that an account changes to.
    VerifyEmail "Accounts": Post "/auth/verify-email", Public;
    body MailedToken;
    answer 204;
    rate Session;
}

operation! {
    /// Sends a mail with a link by which a new password can be set. The answer does not tell whether there is an account.
    RequestPasswordReset "Accounts": Post "/auth/request-password-reset", Public;
    body ResetRequest;
    answer 202;
    rate Session;
}

operation! {
    /// Sets a new password by the token of a mail, and ends all sessions of the account.
    ResetPassword "Accounts": Post "/auth/reset-password", Public;
    body PasswordReset;
    answer 204;
    rate Session;
}

operation! {
    /// Lists the sessions of the own account, the latest used first.
    ListSessions "Accounts": Get "/me/sessions", ManageAccount;
    answer 200 SessionList;
}

operation! {
    /// Ends a session of the own account.
    EndSession "Accounts": Delete "/me/sessions/{id}", ManageAccount;
    path SessionPath;
    answer 204;
}

operation! {
    /// Ends all sessions of the own account, this one too.
    EndAllSessions "Accounts": Delete "/me/sessions", ManageAccount;
    answer 204;
}
