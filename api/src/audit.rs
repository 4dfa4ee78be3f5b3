//! The audit log: who has changed what.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::access::ReadAuditLog;
use crate::operation::{given_or, given_or_value, operation};
use crate::organisation::OrganisationPath;
use crate::page::Page;

/// Who has changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditActorKind {
    /// A person.
    User,
    /// An API key.
    Key,
    /// A person in Slack.
    Slack,
    /// The product itself.
    System,
}

/// Who has changed something, as it was called then.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditActor {
    /// What the actor is.
    pub kind: AuditActorKind,
    /// The id of the user or of the API key.
    #[schema(required = true)]
    pub id: Option<i64>,
    /// What the actor was called.
    pub name: String,
}

/// A change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// The id; grows.
    pub id: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Who has made it.
    pub actor: AuditActor,
    /// The operation, as in `EditMonitor`.
    pub action: String,
    /// The resource, as in `monitor`.
    pub resource: String,
    /// The resource's id.
    #[schema(required = true)]
    pub resource_id: Option<String>,
    /// What the resource was before, without secrets; null when it was not there.
    #[schema(value_type = Option<Object>, required = true)]
    pub before: Option<Value>,
    /// What it was after, without secrets; null when it is not there any more.
    #[schema(value_type = Option<Object>, required = true)]
    pub after: Option<Value>,
    /// The client's address.
    #[schema(required = true)]
    pub address: Option<String>,
    /// The id of the request.
    #[schema(required = true)]
    pub request_id: Option<String>,
}

/// Which changes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// How many items, 1 to 200; 50 by default.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Those of this operation, as in `EditMonitor`.
    pub action: Option<String>,
    /// Those of resources of this kind, as in `monitor`.
    pub resource: Option<String>,
    /// Those of the resource with this id, together with `resource`.
    pub resource_id: Option<String>,
    /// Those of this user.
    pub user_id: Option<i64>,
    /// Those of this API key.
    pub key_id: Option<i64>,
    /// Those from this instant on.
    pub from: Option<Timestamp>,
    /// Those before this instant.
    pub to: Option<Timestamp>,
}

operation! {
    /// Lists changes, the latest first.
    ListAuditEvents "Audit log": Get "/orgs/{id}/audit-log", ReadAuditLog;
    path OrganisationPath;
    query AuditQuery;
    answer 200 Page<AuditEvent>;
}
