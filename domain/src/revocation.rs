//! What access tokens and API keys say that is not so any more, as user-service tells the gateways
//! (`GET /internal/revocations?after=<cursor>`).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ApiKeyId, OrgId};

/// What was revoked since an earlier answer, or in the last hours. It may name what the earlier answer has named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revocations {
    /// From where the next answer goes on.
    pub cursor: String,
    /// Sessions that have ended.
    pub sessions: Vec<Uuid>,
    /// Members whose role has changed, or who are none any more.
    pub members: Vec<MemberRole>,
    /// API keys that are not accepted any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKeyId>,
}

/// The role that a user has in an organisation now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRole {
    /// The user.
    pub user_id: i64,
    /// The organisation.
    pub org_id: OrgId,
    /// The name of the role; none when the user is no member.
    pub role: Option<String>,
    /// Whether the user sees only the monitors that have one of some tags.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub narrowed: bool,
    /// Whether the user lacks the second factor that the organisation demands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_second_factor: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_keeps_its_form() {
        let json = r#"{"cursor":"7","sessions":["00000000-0000-0000-0000-000000000001"],"members":[{"user_id":3,"org_id":7,"role":"viewer"},{"user_id":4,"org_id":7,"role":null}]}"#;
        let member = |user_id, role: Option<&str>| MemberRole {
            user_id,
            org_id: OrgId(7),
            role: role.map(ToOwned::to_owned),
            narrowed: false,
            lacks_second_factor: false,
        };
        let revocations = Revocations {
            cursor: "7".to_owned(),
            sessions: vec![Uuid::from_u128(1)],
            members: vec![member(3, Some("viewer")), member(4, None)],
            api_keys: Vec::new(),
        };
        assert_eq!(serde_json::from_str::<Revocations>(json).unwrap(), revocations);
        assert_eq!(serde_json::to_string(&revocations).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<Revocations>("{}").unwrap(),
            Revocations::default()
        );
    }
}
