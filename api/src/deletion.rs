//! Deleting the own account, and organisations: after a time in which it can be cancelled.

use domain::{OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{ManageAccount, OwnOrganisation, View};
use crate::operation::{given_or, given_or_value, operation};
use crate::organisation::OrganisationPath;

/// A deletion that is to come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PendingDeletion {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it can be cancelled; then everything is deleted.
    pub due_at: Timestamp,
    /// Whether it has begun, and cannot be cancelled any more.
    pub erasing: bool,
}

/// An organisation by its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedOrganisation {
    /// The id.
    pub id: OrgId,
    /// The name.
    pub name: String,
}

/// Whether the own account is to be deleted, and what that means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountDeletion {
    /// The deletion, if it was asked for.
    #[schema(required = true)]
    pub deletion: Option<PendingDeletion>,
    /// Organisations that have no other member: they are deleted with the account.
    pub deleted_with_it: Vec<NamedOrganisation>,
    /// Organisations that have other members and no other owner: the account is not deleted before somebody else owns them,
    /// or they are deleted.
    pub blocked_by: Vec<NamedOrganisation>,
}

/// Whether an organisation is to be deleted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrganisationDeletion {
    /// The deletion, if it was asked for.
    #[schema(required = true)]
    pub deletion: Option<PendingDeletion>,
    /// Whether it goes with the account of its only member, and is cancelled with that.
    pub with_account: bool,
}

/// Says that the own account is to be deleted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountDeletionInput {
    /// The password.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
    /// The account's e-mail address, so that it is meant.
    pub email: String,
}

/// Says that an organisation is to be deleted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrganisationDeletionInput {
    /// The password.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
    /// The organisation's name, so that it is meant.
    pub name: String,
}

operation! {
    /// Whether the own account is to be deleted, which organisations go with it, and which forbid it.
    GetAccountDeletion "Accounts": Get "/me/deletion", ManageAccount;
    answer 200 AccountDeletion;
}

operation! {
    /// Has the own account deleted after some days, with the organisations that have no other member. Until then it can be cancelled, and those organisations are suspended: nothing is checked, and API keys are refused.
    DeleteAccount "Accounts": Post "/me/deletion", ManageAccount;
    body AccountDeletionInput;
    answer 202 AccountDeletion;
}

operation! {
    /// Cancels the deletion of the own account.
    CancelAccountDeletion "Accounts": Delete "/me/deletion", ManageAccount;
    answer 204;
}

operation! {
    /// Whether the organisation of the credential is to be deleted.
    GetOrganisationDeletion "Organisations": Get "/orgs/{id}/deletion", View;
    path OrganisationPath;
    answer 200 OrganisationDeletion;
}

operation! {
    /// Has the organisation of the credential deleted after some days. Until then it can be cancelled, and it is suspended: nothing is checked, and API keys are refused.
    DeleteOrganisation "Organisations": Post "/orgs/{id}/deletion", OwnOrganisation;
    path OrganisationPath;
    body OrganisationDeletionInput;
    answer 202 OrganisationDeletion;
}

operation! {
    /// Cancels the deletion of the organisation of the credential. What was checked before is checked again.
    CancelOrganisationDeletion "Organisations": Delete "/orgs/{id}/deletion", OwnOrganisation;
    path OrganisationPath;
    answer 204;
}
