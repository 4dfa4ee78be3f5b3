//! API keys, as user-service tells the gateways of them (`POST /internal/api-keys`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, OrgId, Timestamp};

/// Which key is asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyLookup {
    /// The SHA-256 of the key, in Base64 without padding for addresses (RFC 4648, 5).
    pub hash: String,
}

impl fmt::Debug for ApiKeyLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyLookup")
    }
}

/// What a gateway knows of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyGrant {
    /// The key.
    pub id: ApiKeyId,
    /// Whose rows it opens.
    pub org_id: OrgId,
    /// Who has created it, with whose membership it ends.
    pub creator: i64,
    /// The name of the role of the key.
    pub role: String,
    /// The name of the role that its creator has now.
    pub creator_role: String,
    /// Whether it sees only the monitors that have one of some tags.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub narrowed: bool,
    /// Whether its creator does so now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub creator_narrowed: bool,
    /// From which networks it is accepted; from everywhere when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// From when on it is not accepted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}
