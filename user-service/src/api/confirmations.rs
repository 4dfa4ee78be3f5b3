//! `/internal/confirmations`: the mails that ask recipients to confirm, which an alerter fetches and sends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Payload};
use deadpool_postgres::Client;
use domain::internal::{ConfirmationMail, ConfirmationOutcome, Confirmations};
use domain::{EmailRecipientId, OrgId};
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;

use super::recipients::publish;
use crate::app::App;
use crate::confirmation_limits::{Asker, count_mail};
use crate::limited::is_counting;
use crate::metrics as names;
use crate::rules::recipient_link::RecipientLink;
use crate::store::Scope;
use crate::store::confirmations::{self, DueMail};
use crate::store::{channels, organisations, recipients};

/// Mails that are given out together.
const BATCH: i64 = 10;

/// Batches that are looked through for a mail that no limit forbids.
const MAX_BATCHES: usize = 5;

/// When a mail comes again whose recipient may be in a channel that cannot be read.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(3_600);

/// When a mail comes again that could not be counted.
const UNCOUNTED_PAUSE: Duration = Duration::from_secs(10);

/// Of whom a mail is, and where it goes.
type Senders = HashMap<OrgId, Sender>;

struct Sender {
    asker: Asker,
    organisation: String,
    addresses: HashMap<EmailRecipientId, String>,
    /// Whether none of its channels was left out because it cannot be read.
    all_read: bool,
}

/// `POST /internal/confirmations`.
pub(super) async fn take(app: Data<App>) -> Result<HttpResponse, Problem> {
    let (mut mails, mut senders) = (Vec::new(), Senders::new());
    // Without it nothing can be counted, and what is taken would have to wait.
    if !is_counting(&app).await {
        return Ok(HttpResponse::Ok().json(Confirmations { mails }));
    }
    let client = app.pool.get().await?;
    for _ in 0..MAX_BATCHES {
        let batch = confirmations::take_due(&client, BATCH, app.verify_recipients).await?;
        if batch.is_empty() {
            break;
        }
        for due in batch {
            mails.extend(prepare(&app, &client, &mut senders, &due).await?);
        }
        if !mails.is_empty() {
            break;
        }
    }
    Ok(HttpResponse::Ok().json(Confirmations { mails }))
}

/// The mail, unless nobody wants it any more, or there were enough for now.
async fn prepare(
    app: &App,
    client: &Client,
    senders: &mut Senders,
    due: &DueMail,
) -> Result<Option<ConfirmationMail>, Problem> {
    let org = due.scope.org();
    let sender = match senders.entry(org) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(sender(app, client, due.scope).await?),
    };
    let Some(address) = sender.addresses.get(&due.recipient) else {
        // Its channel was changed by a version that does not know of recipients, or cannot be read for now.
        match sender.all_read {
            true => confirmations::drop_mail(client, due).await?,
            false => confirmations::put_off(client, due, UNREADABLE_PAUSE).await?,
        }
        return Ok(None);
    };
    if !due.counted {
        match count_mail(app, sender.asker, address).await {
            Ok(None) => {}
            Ok(Some(enough)) => {
                count("limited");
                confirmations::put_off(client, due, enough.wait).await?;
                if let Some(wait) = enough.org_wait {
                    confirmations::put_off_all(client, due.scope, wait).await?;
                }
                return Ok(None);
            }
            Err(error) => {
                tracing::warn!(%error, "confirmation mails cannot be counted");
                confirmations::put_off(client, due, UNCOUNTED_PAUSE).await?;
                return Ok(None);
            }
        }
    }
    Ok(Some(ConfirmationMail {
        org_id: org,
        recipient: due.recipient,
        address: address.clone(),
        organisation: sender.organisation.clone(),
        token: RecipientLink::new(org, address, shared::now()).token(&app.token_key),
    }))
}

async fn sender(app: &App, client: &Client, scope: Scope) -> Result<Sender, Problem> {
    let row = organisations::find(client, scope).await?;
    let row = row.ok_or_else(|| Problem::not_found("organisation"))?;
    let channels = channels::all(client, scope).await?;
    let read: Vec<_> = channels
        .iter()
        .map(|channel| recipients::try_addresses(channel, &app.keyring))
        .collect();
    let all_read = read.iter().all(Option::is_some);
    let addresses = read
        .into_iter()
        .flatten()
        .flatten()
        .map(|address| (EmailRecipientId::new(scope.org(), &address), address));
    Ok(Sender {
        all_read,
        asker: Asker::new(scope.org(), row.created_at, shared::now()),
        organisation: row.name,
        addresses: addresses.collect(),
    })
}

/// `POST /internal/confirmations/outcome`.
pub(super) async fn outcome(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let given: ConfirmationOutcome = parse_json(&read_body(payload).await?)?;
    let scope = Scope::organisation(given.org_id);
    let client = app.pool.get().await?;
    match &given.error {
        None => {
            count("sent");
            confirmations::sent(&client, scope, given.recipient).await?;
        }
        Some(error) => {
            count(if given.again { "failed" } else { "refused" });
            confirmations::failed(&client, scope, given.recipient, error, given.again).await?;
        }
    }
    let channels = channels::all(&client, scope).await?;
    publish(&app, scope, &channels, given.recipient);
    Ok(HttpResponse::NoContent().finish())
}

fn count(outcome: &'static str) {
    metrics::counter!(names::CONFIRMATION_MAILS, "outcome" => outcome).increment(1);
}
