//! API keys: the credentials of programs.

use domain::{ApiKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageApiKeys, Role};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};

/// An API key, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// How it begins, by which it is recognised.
    pub prefix: String,
    /// What it may do, as long as its creator may.
    pub role: Role,
    /// Of which tags a monitor has one that the key sees; null when the key sees every monitor. An empty list is none.
    #[schema(required = true)]
    pub only_tags: Option<Vec<String>>,
    /// From which networks it is accepted, as in `192.0.2.0/24`; from everywhere when there are none.
    pub networks: Vec<String>,
    /// What its creator is called; null when the account is gone.
    #[schema(required = true)]
    pub created_by: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// From when on it is not accepted any more; null when it does not expire.
    #[schema(required = true)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute; null when it was not.
    #[schema(required = true)]
    pub last_used_at: Option<Timestamp>,
}

/// A new API key.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// What people call it, at most 120 characters.
    pub name: String,
    /// What it may do: at most what its creator may, and never more than an admin.
    pub role: Role,
    /// Names of tags, at most 20: the key sees only monitors that have one of them. Null, or left out, means all. An admin's
    /// key sees everything.
    #[serde(default)]
    pub only_tags: Option<Vec<String>>,
    /// From which networks it is accepted, at most 20, as in `192.0.2.0/24` or `2001:db8::/32`.
    #[serde(default)]
    pub networks: Vec<String>,
    /// From when on it is not accepted any more.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// An API key that was just created.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreatedApiKey {
    /// The key itself, for `Authorization: Bearer` or `X-API-Key`. It is shown this once.
    pub key: String,
    /// What is shown of it from now on.
    pub api_key: ApiKey,
}

/// Names an API key.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ApiKeyPath {
    /// The key's id.
    pub id: ApiKeyId,
}

impl PathParams for ApiKeyPath {
    const RESOURCE: &'static str = "API key";
}

operation! {
    /// Lists the API keys of the organisation, the latest first.
    ListApiKeys "API keys": Get "/api-keys", ManageApiKeys;
    query PageQuery;
    answer 200 Page<ApiKey>;
}

operation! {
    /// Creates an API key.
    CreateApiKey "API keys": Post "/api-keys", ManageApiKeys;
    body ApiKeyInput;
    answer 201 CreatedApiKey;
}

operation! {
    /// Revokes an API key.
    RevokeApiKey "API keys": Delete "/api-keys/{id}", ManageApiKeys;
    path ApiKeyPath;
    answer 204;
}
