//! A call of an operation of the API, as its handler gets it: everything that the operation declares is verified
//! and parsed before the handler runs, and what is wrong with it is answered as a problem.

mod reply;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::IF_MATCH;
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{FromRequest, HttpRequest};
use api::{Caller, Listed, Operation, PathParams, Permission, Presence, Principal, Rate};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize as _;
use serde::de::value::{Error as ValueError, MapDeserializer};

pub use reply::Reply;

use crate::http::idempotency::Repeatable;
use crate::http::problem::{MAX_AUTH_BODY_BYTES, MAX_BODY_BYTES, MAX_LARGE_BODY_BYTES, Problem, parse_json};
use crate::http::request::{parse_query, read_body_within};

/// How a service receives calls; it is part of the server's state.
#[derive(Clone)]
pub struct Reception {
    authenticate: Arc<Authenticate>,
    admit: Arc<Admit>,
    body_within: Duration,
}

type Authenticate = dyn Fn(&HttpRequest) -> Identity + Send + Sync;
type Admit = dyn Fn(&HttpRequest, Rate, Option<&Principal>) -> Result<(), Problem> + Send + Sync;

/// On whose behalf a request is made.
pub enum Identity {
    /// It is known, or that it is nobody's.
    Known(Result<Principal, Problem>),
    /// Somebody has to be asked.
    Asked(LocalBoxFuture<'static, Result<Principal, Problem>>),
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.debug_tuple("Known").field(known).finish(),
            Self::Asked(_) => f.write_str("Asked"),
        }
    }
}

impl Identity {
    /// The answer, once it is there.
    ///
    /// # Errors
    /// 401 when it is nobody's, and why somebody who was asked did not answer.
    pub async fn known(self) -> Result<Principal, Problem> {
        match self {
            Self::Known(known) => known,
            Self::Asked(answer) => answer.await,
        }
    }
}

impl From<Result<Principal, Problem>> for Identity {
    fn from(known: Result<Principal, Problem>) -> Self {
        Self::Known(known)
    }
}

impl Reception {
    /// `authenticate` says on whose behalf a request is made; it is asked only where a credential is needed. A body
    /// may take `body_within`.
    pub fn new(
        authenticate: impl Fn(&HttpRequest) -> Identity + Send + Sync + 'static,
        body_within: Duration,
    ) -> Self {
        Self {
            authenticate: Arc::new(authenticate),
            admit: Arc::new(|_, _, _| Ok(())),
            body_within,
        }
    }

    /// Has `admit` count the calls that are permitted, before anything else of them is read.
    #[must_use]
    pub fn with_limits(
        self,
        admit: impl Fn(&HttpRequest, Rate, Option<&Principal>) -> Result<(), Problem> + Send + Sync + 'static,
    ) -> Self {
        Self {
            admit: Arc::new(admit),
            ..self
        }
    }

    async fn receive<O: Operation>(&self, request: &HttpRequest) -> Result<CallerOf<O>, Problem> {
        let needed = <O::Permission as Permission>::ROLE;
        let identified = match needed {
            Some(_) => (self.authenticate)(request).known().await,
            None => Err(Problem::unauthorized()),
        };
        let caller = CallerOf::<O>::identify(|| identified)?;
        if let (Some(needed), Some(principal)) = (needed, caller.principal())
            && principal.role < needed
        {
            return Err(Problem::forbidden(needed));
        }
        let is_key = caller
            .principal()
            .is_some_and(|principal| principal.key().is_some());
        if is_key && <O::Permission as Permission>::PEOPLE_ONLY {
            return Err(Problem::people_only());
        }
        let is_narrowed = caller.principal().is_some_and(|principal| principal.narrowed);
        if is_narrowed && <O::Permission as Permission>::WHOLE_ORGANISATION {
            return Err(Problem::narrowed());
        }
        (self.admit)(request, O::RATE, caller.principal())?;
        Ok(caller)
    }
}

impl fmt::Debug for Reception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reception")
            .field("body_within", &self.body_within)
            .finish_non_exhaustive()
    }
}

/// Who calls `O`: a [`Principal`], or `()` where no credential is needed.
pub type CallerOf<O> = <<O as Operation>::Permission as Permission>::Caller;

/// How long a body that nobody wants is read.
const DISCARDED_WITHIN: Duration = Duration::from_secs(1);

/// A call of the operation `O` by somebody who has its permission.
///
/// Before the handler runs, a call is refused with 401 or 403; 429; 404 for a path that names nothing; 400 for a query
/// that cannot be read; 408, 413, 400 or 422 for a body that cannot.
pub struct Call<O: Operation> {
    /// Who calls.
    pub caller: CallerOf<O>,
    /// The parameters in the path.
    pub path: O::Path,
    /// The parameters in the query.
    pub query: O::Query,
    /// The body.
    pub body: O::Body,
    repeatable: Option<Repeatable>,
    request: HttpRequest,
}

impl<O: Operation> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call<{}>", O::ID)
    }
}

impl<O: Operation> Call<O> {
    /// The request, for headers and cookies.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// By what the call is known when it is repeated; none where the caller does not say, or the operation creates
    /// nothing.
    pub fn repeatable(&self) -> Option<&Repeatable> {
        self.repeatable.as_ref()
    }

    /// The version that the caller has seen: `"3"`; none for `*` and without the header.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn if_match(&self) -> Result<Option<i32>, Problem> {
        let Some(seen) = self.seen()? else {
            return Ok(None);
        };
        seen.parse().map(Some).map_err(|_| no_version())
    }

    /// Refuses the call when the caller has seen another version of what it is about than `etag`.
    ///
    /// # Errors
    /// 412 then, 400 when `If-Match` cannot be read.
    pub fn require_seen(&self, etag: &str) -> Result<(), Problem> {
        match self.seen()? {
            Some(seen) if seen != etag => Err(Problem::stale()),
            _ => Ok(()),
        }
    }

    /// What stands between the quotes of `If-Match`; none for `*` and without the header.
    fn seen(&self) -> Result<Option<&str>, Problem> {
        let Some(value) = self.request.headers().get(IF_MATCH) else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(None);
        }
        let seen = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        seen.filter(|seen| !seen.contains('"'))
            .map(Some)
            .ok_or_else(no_version)
    }
}

fn no_version() -> Problem {
    Problem::bad_request("If-Match must be a version in double quotes, such as \"3\"")
}

impl<O: Operation> FromRequest for Call<O> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(read(request, payload))
    }
}

async fn read<O: Operation>(
    request: HttpRequest,
    mut payload: actix_web::dev::Payload,
) -> Result<Call<O>, Problem> {
    let reception = request.app_data::<Data<Reception>>();
    let reception = reception.ok_or_else(|| Problem::internal("the server does not receive calls"))?;
    let head = head::<O>(reception, &request).await;
    let payload = Payload::from_request(&request, &mut payload).await;
    let payload = payload.map_err(|_| Problem::bad_request("the body cannot be read"))?;
    let (caller, path, query) = match head {
        Ok(head) => head,
        Err(refusal) => {
            discard::<O>(payload).await;
            return Err(refusal);
        }
    };
    let (body, bytes) = body::<O>(payload, reception.body_within).await?;
    let repeatable = Repeatable::of::<O>(&request, &bytes)?;
    Ok(Call {
        caller,
        path,
        query,
        body,
        repeatable,
        request,
    })
}

/// What a request says before its body.
async fn head<O: Operation>(
    reception: &Reception,
    request: &HttpRequest,
) -> Result<(CallerOf<O>, O::Path, O::Query), Problem> {
    let caller = reception.receive::<O>(request).await?;
    let path = Path::<O::Path>::extract(request).await;
    let path = path.map_err(|_| Problem::not_found(<O::Path as PathParams>::RESOURCE))?;
    Ok((caller, path.into_inner(), parse_query(request)?))
}

/// Reads a body that nobody wants. An answer while it is still on its way ends the connection, and whoever sends it may
/// see that instead of the answer.
async fn discard<O: Operation>(payload: Payload) {
    // What cannot be read to its end, or is too long, ends the connection.
    let _ = read_body_within(payload, max_body_bytes(&Listed::of::<O>()), DISCARDED_WITHIN).await;
}

/// The body, and the bytes that it was read from.
async fn body<O: Operation>(payload: Payload, within: Duration) -> Result<(O::Body, Bytes), Problem> {
    if O::BODY == Presence::None {
        discard::<O>(payload).await;
        let nothing = MapDeserializer::<_, ValueError>::new(std::iter::empty::<(&str, &str)>());
        let body = O::Body::deserialize(nothing).map_err(Problem::internal)?;
        return Ok((body, Bytes::new()));
    }
    let bytes = read_body_within(payload, max_body_bytes(&Listed::of::<O>()), within).await?;
    let body = match O::BODY {
        Presence::Optional if bytes.is_empty() => parse_json(b"{}"),
        _ => parse_json(&bytes),
    };
    Ok((body?, bytes))
}

/// The largest body of a request to an operation, in bytes.
pub fn max_body_bytes(operation: &Listed) -> usize {
    match operation.rate {
        _ if operation.has_large_body => MAX_LARGE_BODY_BYTES,
        Rate::SignIn | Rate::Session | Rate::Link => MAX_AUTH_BODY_BYTES,
        Rate::Api | Rate::Check => MAX_BODY_BYTES,
    }
}
