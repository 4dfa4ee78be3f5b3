//! Matrix.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{Errors, is_word};
use crate::channel::edit::{Configuration, Policy};
use crate::monitor::FieldError;

/// The configuration of a channel of the kind `matrix`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixConfig {
    /// Where the homeserver's client API is, as in `https://matrix.example.org`.
    pub homeserver_url: String,
    /// The access token of the account that posts.
    pub access_token: String,
    /// The id of the room, which the account has joined, as in `!abc:example.org`.
    pub room_id: String,
}

impl Configuration for MatrixConfig {
    const NAME: &'static str = "matrix";
    const SECRETS: &'static [&'static str] = &["access_token"];
    const SENT_TO: Option<&'static str> = Some("homeserver_url");

    fn empty() -> Value {
        json!({"homeserver_url": "", "access_token": "", "room_id": ""})
    }

    fn check(&mut self, policy: &Policy) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.base("homeserver_url", &mut self.homeserver_url, policy);
        errors.unless(
            is_word(&self.access_token, 1_024),
            "access_token",
            "must be an access token",
        );
        let is_room = self.room_id.strip_prefix('!').is_some_and(|id| is_word(id, 254));
        let wrong = "must be the id of a room, as in !abc:example.org, and not its name";
        errors.unless(is_room, "room_id", wrong);
        errors.all()
    }
}
