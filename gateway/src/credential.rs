//! What a request has shown to be.

use actix_web::{HttpMessage as _, HttpRequest};
use api::Principal;
use domain::Timestamp;
use shared::token::AccessToken;
use uuid::Uuid;

/// What a request has shown to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Credential {
    /// For whom it speaks.
    pub(crate) principal: Principal,
    /// The session of an access token.
    pub(crate) session: Option<Uuid>,
    /// Whether a person lacks the second factor that the organisation demands.
    pub(crate) lacks_second_factor: bool,
    /// From when on it is not accepted any more.
    pub(crate) expires_at: Option<Timestamp>,
}

impl From<AccessToken> for Credential {
    fn from(token: AccessToken) -> Self {
        Self {
            principal: token.principal,
            session: token.session,
            lacks_second_factor: token.lacks_second_factor,
            expires_at: Some(token.expires_at),
        }
    }
}

impl Credential {
    /// That of a request which was authenticated.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().copied()
    }
}
