//! Who is asking. The gateway verifies a credential and tells the services behind it whom it speaks for;
//! they believe that only together with the internal key.

use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use api::{Actor, Principal};
use domain::{ApiKeyId, OrgId};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::http::problem::Problem;
use crate::settings::Reader;

/// Carries the internal key between services.
pub const INTERNAL_KEY_HEADER: &str = "x-internal-key";
/// Carries the user's id behind the gateway; that of its creator with an API key.
pub const USER_HEADER: &str = "x-user-id";
/// Carries the id of the API key behind the gateway.
pub const KEY_HEADER: &str = "x-api-key-id";
/// Carries the organisation's id behind the gateway.
pub const ORG_HEADER: &str = "x-org-id";
/// Carries the role behind the gateway.
pub const ROLE_HEADER: &str = "x-role";
/// Says behind the gateway that the principal is narrowed to tags; absent from one that is not.
pub const NARROWED_HEADER: &str = "x-narrowed";
/// Carries what the access token calls its session behind the gateway.
pub const SESSION_HEADER: &str = "x-session-id";
/// Carries the client's address behind the gateway.
pub const CLIENT_IP_HEADER: &str = "x-client-ip";
/// Carries the request's id everywhere.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// The principal that the gateway passed on. The caller must have verified the internal key.
///
/// # Errors
/// 401 when it is missing.
pub fn principal(request: &HttpRequest) -> Result<Principal, Problem> {
    let headers = request.headers();
    let principal = || {
        let user = header(headers, USER_HEADER)?;
        Some(Principal {
            org_id: OrgId(header(headers, ORG_HEADER)?),
            actor: match headers.contains_key(KEY_HEADER) {
                false => Actor::User(user),
                true => Actor::Key {
                    id: ApiKeyId(header(headers, KEY_HEADER)?),
                    creator: user,
                },
            },
            role: headers.get(ROLE_HEADER)?.to_str().ok()?.parse().ok()?,
            narrowed: headers.contains_key(NARROWED_HEADER),
        })
    };
    principal().ok_or_else(Problem::unauthorized)
}

/// The organisation on whose behalf another service asks, if it says so. The caller must have verified the internal key.
pub fn organisation(request: &HttpRequest) -> Option<OrgId> {
    header(request.headers(), ORG_HEADER).map(OrgId)
}

/// What the access token calls its session; none with an API key. The caller must have verified the internal key.
pub fn session(request: &HttpRequest) -> Option<Uuid> {
    header(request.headers(), SESSION_HEADER)
}

/// The client's address, as the gateway saw it. The caller must have verified the internal key.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    header(request.headers(), CLIENT_IP_HEADER)
}

/// The id of the request, if it has one.
pub fn request_id(request: &HttpRequest) -> Option<String> {
    header(request.headers(), REQUEST_ID_HEADER)
}

fn header<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// The keys that open `/internal/*`: the first is sent, all are accepted, so that it can be rotated.
#[derive(Clone, Debug)]
pub struct InternalKeys(Vec<SecretString>);

impl InternalKeys {
    /// Reads `INTERNAL_API_KEY`.
    pub fn read(env: &mut Reader) -> Self {
        let keys = env.secret(
            "INTERNAL_API_KEY",
            32,
            "64 hexadecimal digits",
            "opens the services to each other; two comma-separated keys during rotation, the first is sent",
        );
        Self(
            keys.expose_secret()
                .split(',')
                .map(|key| key.trim().to_owned().into())
                .collect(),
        )
    }

    /// The key to send.
    pub fn current(&self) -> &str {
        self.0.first().map_or("", |key| key.expose_secret())
    }

    /// Requires one of the keys, compared in constant time.
    ///
    /// # Errors
    /// 401 without it.
    pub fn require(&self, request: &HttpRequest) -> Result<(), Problem> {
        let given = request
            .headers()
            .get(INTERNAL_KEY_HEADER)
            .map_or(&[][..], |value| value.as_bytes());
        let known = self
            .0
            .iter()
            .any(|key| bool::from(key.expose_secret().as_bytes().ct_eq(given)));
        if known && !given.is_empty() {
            Ok(())
        } else {
            Err(Problem::unauthorized())
        }
    }
}
