//! Creations that can be repeated: with an `Idempotency-Key` the same request again creates nothing and gets the same
//! answer, because the answer commits together with what it tells of.

use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use api::{Actor, Operation, Principal};
use deadpool_postgres::{Client, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::crypto::Keyring;
use shared::http::call::{Call, CallerOf, Reply};
use shared::http::idempotency::Repeatable;
use shared::http::problem::Problem;

use super::called_by::AsPrincipal;
use crate::app::App;
use crate::store::Scope;
use crate::store::idempotency_keys::{self as store, Key, Made};

/// When somebody who has used too many keys may try again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 3_600;

/// What is to be done for a call.
pub(super) enum Begun<'a, O: Operation> {
    /// To carry it out.
    New(Creation<'a>),
    /// Nothing: it was carried out before, with this answer.
    Before(Reply<O>),
}

/// The transaction of a creation.
pub(super) struct Creation<'a> {
    tx: Transaction<'a>,
    claim: Option<Claim>,
}

struct Claim {
    scope: Scope,
    actor: String,
    repeatable: Repeatable,
}

impl Claim {
    fn of(caller: &Principal, repeatable: &Repeatable) -> Self {
        Self {
            scope: Scope::from(caller),
            actor: match caller.actor {
                Actor::User(id) => format!("user:{id}"),
                Actor::Key { id, .. } => format!("key:{id}"),
            },
            repeatable: repeatable.clone(),
        }
    }

    fn key(&self) -> Key<'_> {
        Key {
            scope: self.scope,
            actor: &self.actor,
            key: &self.repeatable.key,
        }
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    location: Option<String>,
    body: Box<RawValue>,
}

/// Begins what `call` asks for, unless it was carried out before.
///
/// # Errors
/// 409 while the same is under way, or when its answer held a secret; 422 when the key was used for something else;
/// 429 when the organisation has used too many.
pub(super) async fn begin<'a, O: Operation>(
    app: &App,
    client: &'a mut Client,
    call: &Call<O>,
) -> Result<Begun<'a, O>, Problem>
where
    CallerOf<O>: AsPrincipal,
{
    let tx = client.transaction().await?;
    let Some(repeatable) = call.repeatable() else {
        return Ok(Begun::New(Creation { tx, claim: None }));
    };
    let claim = Claim::of(call.caller.as_principal(), repeatable);
    let key = claim.key();
    if !store::lock(&tx, &key).await? {
        return Err(conflict("a request with this Idempotency-Key is under way"));
    }
    if let Some(made) = store::find(&tx, &key).await? {
        return replay(&app.keyring, &claim, &made).map(Begun::Before);
    }
    if !store::has_room(&tx, claim.scope).await? {
        return Err(Problem::too_many(RETRY_AFTER_SECONDS));
    }
    Ok(Begun::New(Creation {
        tx,
        claim: Some(claim),
    }))
}

fn replay<O: Operation>(keyring: &Keyring, claim: &Claim, made: &Made) -> Result<Reply<O>, Problem> {
    if made.request != claim.repeatable.request {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "this Idempotency-Key was used for another request",
        ));
    }
    let Some(sealed) = &made.answer else {
        return Err(conflict(
            "it was created by an earlier request with this Idempotency-Key, whose answer held a secret that is shown once",
        ));
    };
    let json = keyring.open(&claim.key().seal_context(), sealed);
    let json = json.map_err(Problem::internal)?;
    let kept: Kept = serde_json::from_slice(&json).map_err(Problem::internal)?;
    let reply = Reply::replayed(kept.body.get().as_bytes().to_vec());
    Ok(match &kept.location {
        Some(location) => reply.with_header(LOCATION, location),
        None => reply,
    })
}

fn conflict(detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, detail)
}

impl<'a> Deref for Creation<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}

impl Creation<'_> {
    /// Commits it, with its answer.
    pub(super) async fn commit<O: Operation>(self, app: &App, reply: &Reply<O>) -> Result<(), Problem> {
        if let Some(claim) = &self.claim {
            let location = reply.header(&LOCATION).and_then(|value| value.to_str().ok());
            let body = reply.json().map_err(Problem::internal)?;
            let kept = Kept {
                location: location.map(str::to_owned),
                body: serde_json::from_slice(&body).map_err(Problem::internal)?,
            };
            let kept = serde_json::to_vec(&kept).map_err(Problem::internal)?;
            let sealed = app.keyring.seal(&claim.key().seal_context(), &kept);
            self.note(claim, Some(sealed)).await?;
        }
        Ok(self.tx.commit().await?)
    }

    /// Commits it, without its answer: that holds a secret which is nowhere kept.
    pub(super) async fn commit_secret(self) -> Result<(), Problem> {
        if let Some(claim) = &self.claim {
            self.note(claim, None).await?;
        }
        Ok(self.tx.commit().await?)
    }

    async fn note(&self, claim: &Claim, answer: Option<Vec<u8>>) -> Result<(), Problem> {
        let made = Made {
            request: claim.repeatable.request.to_vec(),
            answer,
        };
        Ok(store::insert(&self.tx, &claim.key(), &made).await?)
    }
}
