//! Whom the credential of a request speaks for: an access token, which is verified without asking anybody, or an API key,
//! of which user-service is asked and what it answers is kept for a while.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use api::Principal;
use shared::api_key::{self, ApiKey};
use shared::http::call::Identity;
use shared::http::problem::Problem;

use crate::Edge;
use crate::api_keys::{Found, Grant};
use crate::client::client_address;
use crate::credential::Credential;

/// Carries an API key, for clients that cannot set `Authorization`.
const API_KEY_HEADER: &str = "x-api-key";

/// What an operation concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// The caller's own account.
    OwnAccount,
    /// What the organisation has.
    Organisation,
}

/// Whom the request's credential speaks for. Who lacks the second factor that the organisation demands reaches the own
/// account alone.
pub(crate) fn authenticate(edge: &Data<Edge>, request: &HttpRequest, concern: Concern) -> Identity {
    let Some(sent) = sent(request) else {
        return Err(Problem::unauthorized()).into();
    };
    match sent {
        Sent::Token(token) => {
            let token = edge.settings.token_key.verify(token);
            let accepted = token.ok_or_else(Problem::unauthorized).map(Credential::from);
            accepted
                .and_then(|credential| accept(edge, request, credential))
                .and_then(|credential| match (credential.lacks_second_factor, concern) {
                    (true, Concern::Organisation) => Err(Problem::second_factor_missing()),
                    _ => Ok(credential.principal),
                })
                .into()
        }
        Sent::Key(key) => match edge.api_keys.find(edge, &key) {
            Found::Known(grant) => with_key(edge, request, &grant).into(),
            Found::Nobodys => Err(Problem::unauthorized()).into(),
            Found::NotYet => {
                let (edge, request) = (edge.clone(), request.clone());
                Identity::Asked(Box::pin(async move {
                    let grant = edge.api_keys.ask(&edge, &key, &request).await?;
                    with_key(&edge, &request, &grant)
                }))
            }
        },
    }
}

enum Sent<'a> {
    Token(&'a str),
    Key(ApiKey),
}

/// The credential that a request came with; none of a form that none has.
fn sent(request: &HttpRequest) -> Option<Sent<'_>> {
    let header = |name| request.headers().get(name).map(|value| value.to_str());
    let credential = match header(AUTHORIZATION.as_str()) {
        Some(value) => {
            let (scheme, credential) = value.ok()?.split_once(' ')?;
            let credential = scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())?;
            if !credential.starts_with(api_key::PREFIX) {
                return Some(Sent::Token(credential));
            }
            credential
        }
        None => header(API_KEY_HEADER)?.ok()?.trim(),
    };
    ApiKey::parse(credential).map(Sent::Key)
}

fn with_key(edge: &Edge, request: &HttpRequest, grant: &Grant) -> Result<Principal, Problem> {
    let credential = grant.credential(edge.revocations.access_of(grant.creator, grant.org_id));
    let credential = credential.ok_or_else(Problem::unauthorized)?;
    if !grant.admits(client_address(edge, request)) {
        return Err(Problem::elsewhere());
    }
    accept(edge, request, credential).map(|credential| credential.principal)
}

fn accept(edge: &Edge, request: &HttpRequest, credential: Credential) -> Result<Credential, Problem> {
    if edge.revocations.include(&credential) {
        return Err(Problem::unauthorized());
    }
    edge.limits.api(request, credential.principal.actor)?;
    request.extensions_mut().insert(credential);
    Ok(credential)
}
