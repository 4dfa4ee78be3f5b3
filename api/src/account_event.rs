//! What happened to the own account.

use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::ManageAccount;
use crate::operation::{given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};

/// Something that happened to an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountEvent {
    /// The id; grows.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// The operation, as in `ChangePassword`; `SignInsFailed` when sign-ins failed too often, `SecondFactorFailed` when wrong codes of the
    /// second factor were given too often, `RecoveryCodeUsed`, and `RemoveSecondFactor` by who runs the installation.
    pub action: String,
    /// What is new, without secrets.
    #[schema(value_type = Option<Object>, required = true)]
    pub details: Option<Value>,
    /// The client's address.
    #[schema(required = true)]
    pub address: Option<String>,
    /// The client's `User-Agent`.
    #[schema(required = true)]
    pub user_agent: Option<String>,
    /// The id of the request.
    #[schema(required = true)]
    pub request_id: Option<String>,
}

operation! {
    /// Lists what happened to the own account, the latest first: sign-ins, and what changed. Kept for 400 days.
    ListAccountEvents "Accounts": Get "/me/audit-log", ManageAccount;
    query PageQuery;
    answer 200 Page<AccountEvent>;
}
