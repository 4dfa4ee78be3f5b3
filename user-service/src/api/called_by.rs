//! What a call says of who makes it, beside the principal.

use actix_web::HttpRequest;
use api::{Operation, Principal};
use shared::http::call::{Call, CallerOf};
use shared::http::identity;

use crate::store::account_events::Cause;
use crate::store::audit::Author;
use crate::store::sessions::Client;

/// The longest `User-Agent` that is kept, in characters.
const MAX_USER_AGENT_CHARS: usize = 256;

/// Who makes the change that `call` asks for.
pub(super) fn author<O: Operation>(call: &Call<O>) -> Author
where
    CallerOf<O>: AsPrincipal,
{
    let request = call.request();
    Author::new(
        call.caller.as_principal(),
        O::ID,
        identity::client_address(request),
        identity::request_id(request),
    )
}

/// A caller who is known.
pub(super) trait AsPrincipal {
    fn as_principal(&self) -> &Principal;
}

impl AsPrincipal for Principal {
    fn as_principal(&self) -> &Principal {
        self
    }
}

/// By which operation the own account is changed, and from where.
pub(super) fn cause<O: Operation>(request: &HttpRequest) -> Cause {
    let Client { address, user_agent } = client(request);
    Cause {
        action: O::ID,
        address,
        user_agent,
        request_id: identity::request_id(request),
    }
}

/// By what a person recognises the session that a request is of.
pub(super) fn client(request: &HttpRequest) -> Client {
    let user_agent = request.headers().get("user-agent");
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    Client {
        address: identity::client_address(request),
        user_agent: user_agent.map(|text| text.chars().take(MAX_USER_AGENT_CHARS).collect()),
    }
}
