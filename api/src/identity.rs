//! Signing in with a provider: Google, GitHub, or any that speaks OpenID Connect.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAccount, Public};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::proof::Proof;

/// Where somebody can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Provider {
    /// The id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Where somebody can sign in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderList {
    /// All of them, in the order of the settings.
    pub items: Vec<Provider>,
}

/// Names a provider.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProviderPath {
    /// The provider's id.
    pub provider: String,
}

impl PathParams for ProviderPath {
    const RESOURCE: &'static str = "provider";
}

/// How somebody signs in with a provider.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SignInQuery {
    /// The path of the dashboard that is shown afterwards; `/` when it is left out.
    pub return_to: Option<String>,
}

/// An invitation with which somebody signs in with a provider.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InvitedSignIn {
    /// The token of an invitation to the address of the login, which the provider has to have verified.
    pub invitation: String,
}

/// With what a provider sends somebody back. Providers add parameters of their own.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// What is exchanged for the person's identity.
    pub code: Option<String>,
    /// What was sent along to the provider.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers, if the provider says so (RFC 9207).
    pub iss: Option<String>,
}

/// A login at a provider that signs in to the account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Identity {
    /// The id.
    pub id: i64,
    /// The provider's id.
    pub provider: String,
    /// What people call the provider; null when it is not in the settings any more, and nobody can sign in with it.
    #[schema(required = true)]
    pub provider_name: Option<String>,
    /// The e-mail address there, as the provider gave it last.
    #[schema(required = true)]
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When somebody signed in with it last.
    #[schema(required = true)]
    pub last_used_at: Option<Timestamp>,
}

/// How somebody signs in to the own account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IdentityList {
    /// The linked logins, the first one first.
    pub items: Vec<Identity>,
    /// Whether the account has a password.
    pub has_password: bool,
}

/// A login that is to be linked.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityLink {
    /// The provider's id.
    pub provider: String,
    /// The password. An account without one signs in with a linked login again instead.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
}

/// The provider with which somebody signs in again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderChoice {
    /// The provider's id.
    pub provider: String,
}

/// Where the browser goes on, with the cookie of the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderLocation {
    /// An address of the provider.
    pub location: String,
}

/// Names a linked login.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IdentityPath {
    /// The login's id.
    pub id: i64,
}

impl PathParams for IdentityPath {
    const RESOURCE: &'static str = "linked login";
}

operation! {
    /// Lists the providers with which somebody can sign in.
    ListProviders "Accounts": Get "/auth/providers", Public;
    answer 200 ProviderList;
    rate Link;
}

operation! {
    /// Sends the browser to a provider to sign in there.
    StartSignIn "Accounts": Get "/auth/providers/{provider}/start", Public;
    path ProviderPath;
    query SignInQuery;
    answer 303;
    rate Link;
}

operation! {
    /// Begins to sign in with a provider and to accept an invitation by that. The invitation stays in the cookie of the answer.
    StartInvitedSignIn "Accounts": Post "/auth/providers/{provider}/start", Public;
    path ProviderPath;
    body InvitedSignIn;
    answer 200 ProviderLocation;
    rate Session;
}

operation! {
    /// Where a provider sends the browser back. It goes on to the dashboard, signed in or with `error` in the address.
    FinishSignIn "Accounts": Get "/auth/providers/{provider}/callback", Public;
    path ProviderPath;
    query CallbackQuery;
    answer 303;
    rate Link;
}

operation! {
    /// Lists the logins at providers that sign in to the own account.
    ListIdentities "Accounts": Get "/me/identities", ManageAccount;
    answer 200 IdentityList;
}

operation! {
    /// Begins to link a login at a provider to the own account.
    LinkIdentity "Accounts": Post "/me/identities", ManageAccount;
    body IdentityLink;
    answer 200 ProviderLocation;
}

operation! {
    /// Unlinks a login from the own account. The last way to sign in stays.
    UnlinkIdentity "Accounts": Post "/me/identities/{id}/unlink", ManageAccount;
    path IdentityPath;
    body Proof;
    answer 204;
}

operation! {
    /// Begins to sign in with a linked login again, as an account without a password does before security changes.
    ConfirmIdentity "Accounts": Post "/me/identities/confirm", ManageAccount;
    body ProviderChoice;
    answer 200 ProviderLocation;
}
