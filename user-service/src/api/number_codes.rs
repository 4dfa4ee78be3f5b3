//! Codes that confirm the numbers of members' own channels: `/internal/confirmation-codes`, from where an alerter fetches
//! them and sends each by its channel, and entering them.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Payload};
use api::{ConfirmOwnChannel, Resource};
use deadpool_postgres::{Client, GenericClient};
use domain::channel::Config;
use domain::internal::{ConfirmationCode, ConfirmationCodeOutcome, ConfirmationCodes, SealedChannel};
use domain::monitor::FieldError;
use domain::{ChannelId, UserId};
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;

use super::called_by::cause;
use super::channel_edit::announce;
use super::channel_view::{Shown, shown};
use super::recipients::conflict;
use crate::app::App;
use crate::code_limits::count_code;
use crate::confirmation_limits::Asker;
use crate::limited::is_counting;
use crate::metrics as names;
use crate::rules::number_code::{Entered, NumberCode};
use crate::rules::recipients::KnownRecipients;
use crate::store::channel_confirmations::{self as store, DueCode};
use crate::store::channels::{self, ChannelRow, Whose};
use crate::store::error::StoreError;
use crate::store::{Scope, account_events, organisations};

/// Codes that are given out together.
const BATCH: i64 = 10;

/// Batches that are looked through for a code that can be sent.
const MAX_BATCHES: usize = 5;

/// Why a code was not sent by itself.
const UNREADABLE: &str = "the configuration of the channel cannot be read";
const LIMITED: &str =
    "as many codes were sent as may be for now: have another one sent later, at the latest tomorrow";
const TOO_LATE: &str = "it could not be sent in time: have another one sent";

/// What is said of a code that is not accepted; not why, for whoever guesses.
const WRONG: &str = "is wrong or has expired";

/// `POST /internal/confirmation-codes`.
pub(super) async fn take(app: Data<App>) -> Result<HttpResponse, Problem> {
    let mut codes = Vec::new();
    // Without it nothing can be counted, and what is taken would have to wait.
    if !is_counting(&app).await {
        return Ok(HttpResponse::Ok().json(ConfirmationCodes { codes }));
    }
    let client = app.pool.get().await?;
    for _ in 0..MAX_BATCHES {
        let batch = store::take_due(&client, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        let mut failed = None;
        for due in batch {
            match prepare(&app, &client, &due).await {
                Ok(code) => codes.extend(code),
                // The others are counted and kept as given out: they go out, and this one later.
                Err(error) => {
                    let channel = due.channel.0;
                    tracing::warn!(%error, channel, "a code cannot be prepared");
                    failed = Some(error);
                }
            }
        }
        if !codes.is_empty() {
            break;
        }
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(HttpResponse::Ok().json(ConfirmationCodes { codes }))
}

/// A new code, unless nobody waits for it any more, or there were enough for now.
async fn prepare(app: &App, client: &Client, due: &DueCode) -> Result<Option<ConfirmationCode>, Problem> {
    let row = match channels::find(client, due.scope, Whose::Member(due.owner), due.channel).await {
        Ok(row) => row,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let config = row.open(&app.keyring);
    let Some(phone) = config.as_ref().and_then(Config::phone) else {
        return drop_code(app, client, due, ("dropped", UNREADABLE)).await;
    };
    if !due.is_in_time {
        return drop_code(app, client, due, ("dropped", TOO_LATE)).await;
    }
    if !due.counted {
        let asker = asker(client, due.scope).await?;
        match count_code(app, asker, (due.owner, due.channel), phone).await {
            Ok(None) => {}
            Ok(Some(_)) => return drop_code(app, client, due, ("limited", LIMITED)).await,
            Err(error) => {
                tracing::warn!(%error, "codes cannot be counted");
                store::put_off(client, due).await?;
                return Ok(None);
            }
        }
    }
    let code = NumberCode::random();
    let hash = code.hash(&app.token_key, due.channel);
    let Some(attempt) = store::give_out(client, due, &hash).await? else {
        return Ok(None);
    };
    Ok(Some(ConfirmationCode {
        channel: sealed(app, row),
        code: code.into_digits(),
        attempt,
    }))
}

/// The channel with its configuration, which is in no other answer as long as the number is not confirmed.
fn sealed(app: &App, row: ChannelRow) -> SealedChannel {
    // It has none: it is no e-mail channel.
    let recipients = KnownRecipients {
        org: row.org_id,
        verify: app.verify_recipients,
        known: HashMap::new(),
    };
    let row = ChannelRow {
        unconfirmed: false,
        ..row
    };
    row.into_sealed(&app.keyring, &app.token_key, &recipients)
}

async fn drop_code(
    app: &App,
    client: &Client,
    due: &DueCode,
    (outcome, why): (&'static str, &str),
) -> Result<Option<ConfirmationCode>, Problem> {
    count(outcome);
    store::drop_code(client, due, why).await?;
    publish(app, due.scope, due.channel);
    Ok(None)
}

async fn asker(client: &impl GenericClient, scope: Scope) -> Result<Asker, Problem> {
    let org = organisations::find(client, scope).await?;
    let org = org.ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(Asker::new(scope.org(), org.created_at, shared::now()))
}

/// `POST /internal/confirmation-codes/outcome`.
pub(super) async fn outcome(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let given: ConfirmationCodeOutcome = parse_json(&read_body(payload).await?)?;
    let scope = Scope::organisation(given.org_id);
    let client = app.pool.get().await?;
    match &given.error {
        None => {
            count("sent");
            store::sent(&client, scope, given.channel, given.attempt).await?;
        }
        Some(error) => {
            count(if given.again { "failed" } else { "refused" });
            let what = (error.as_str(), given.again);
            store::failed(&client, scope, given.channel, given.attempt, what).await?;
        }
    }
    publish(&app, scope, given.channel);
    Ok(HttpResponse::NoContent().finish())
}

/// Has another code sent to the number of a channel of somebody's own. One that is on its way is the one that is asked for.
pub(super) async fn send_again(
    app: &App,
    client: &Client,
    scope: Scope,
    channel: &ChannelRow,
) -> Result<(), Problem> {
    let (true, Some(owner)) = (channel.unconfirmed, channel.owner) else {
        return Err(conflict("the number is confirmed already"));
    };
    let Some(last) = store::last(client, scope, channel.id).await? else {
        return Err(conflict("the number is confirmed already"));
    };
    if last.is_followed {
        return Ok(());
    }
    // Read after that: what is counted is the number to which the next code goes, or none follows.
    let channel = channels::find(client, scope, Whose::Member(owner), channel.id).await?;
    let config = channel.open(&app.keyring);
    let Some(phone) = config.as_ref().and_then(Config::phone) else {
        return Err(conflict(UNREADABLE));
    };
    let asker = asker(client, scope).await?;
    match count_code(app, asker, (owner, channel.id), phone).await {
        Ok(None) => {}
        Ok(Some(wait)) => {
            count("limited");
            return Err(Problem::too_many_for(wait));
        }
        Err(error) => {
            tracing::warn!(%error, "codes cannot be counted");
            return Err(Problem::unavailable("the count of codes"));
        }
    }
    store::want(client, scope, channel.id, last.attempt).await?;
    app.announcer.alerting(scope.org());
    Ok(())
}

/// Confirms the number of a channel of the caller's own, if the code is right.
pub(super) async fn enter(
    app: &App,
    call: Call<ConfirmOwnChannel>,
) -> Result<Reply<ConfirmOwnChannel>, Problem> {
    let (scope, user) = (Scope::from(&call.caller), call.caller.user_id());
    let own = Whose::Member(UserId(user));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    // Locked, so that codes are looked at one after the other.
    let channel = channels::lock(&tx, scope, own, call.path.id).await?;
    let Some(expected) = store::expected(&tx, scope, channel.id).await? else {
        return Err(conflict("there is no number to be confirmed"));
    };
    let Some(entered) = NumberCode::read(&call.body.code) else {
        return Err(wrong("must be six digits"));
    };
    match expected.judge(&entered, &app.token_key, shared::now()) {
        Entered::Right => {}
        Entered::Wrong => {
            store::note_wrong(&tx, scope, channel.id).await?;
            tx.commit().await?;
            count("wrong");
            return Err(wrong(WRONG));
        }
        Entered::TooLate => {
            count("wrong");
            return Err(wrong(WRONG));
        }
    }
    store::confirm(&tx, scope, channel.id).await?;
    let details = json!({"name": channel.name, "kind": channel.kind});
    let cause = cause::<ConfirmOwnChannel>(call.request());
    account_events::note(&tx, user, &cause, Some(details)).await?;
    tx.commit().await?;
    count("confirmed");
    announce(app, scope, channel.id);
    let channel = ChannelRow {
        unconfirmed: false,
        ..channel
    };
    Ok(Reply::new(shown(app, &client, channel, Shown::Hidden).await?))
}

fn wrong(why: &str) -> Problem {
    Problem::invalid(vec![FieldError::new("code", why)])
}

/// Has dashboards load the channel again.
fn publish(app: &App, scope: Scope, channel: ChannelId) {
    app.announcer.change(scope.org(), Resource::Channel, channel.0);
}

fn count(outcome: &'static str) {
    metrics::counter!(names::CONFIRMATION_CODES, "outcome" => outcome).increment(1);
}
