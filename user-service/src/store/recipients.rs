//! Rows of `email_recipients`: whether addresses of e-mail channels want an organisation's alerts.

use std::collections::{HashMap, HashSet};

use api::Invitation;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::channel::{Config, EmailRecipientState, Kind};
use domain::{ChannelId, EmailRecipientId};
use shared::crypto::Keyring;
use uuid::Uuid;

use super::Scope;
use super::channels::{self, ChannelRow};
use super::error::StoreError;
use crate::rules::recipient_link::RecipientLink;
use crate::rules::recipients::{Change, KnownRecipients, Recipient, change};

/// What is stored of an organisation's recipients.
pub(crate) async fn known(
    client: &impl GenericClient,
    scope: Scope,
    verify: bool,
) -> Result<KnownRecipients, StoreError> {
    let sql = "SELECT id, state, asked_at, error FROM email_recipients WHERE org_id = $1";
    let mut known = HashMap::new();
    for row in client.query(sql, &[scope.org_id()]).await? {
        let asked_at: Option<DateTime<Utc>> = row.try_get("asked_at")?;
        let recipient = Recipient {
            state: state_of(row.try_get("state")?),
            asked_at: asked_at.map(Into::into),
            error: row.try_get("error")?,
        };
        known.insert(EmailRecipientId(row.try_get("id")?), recipient);
    }
    Ok(KnownRecipients {
        org: scope.org(),
        verify,
        known,
    })
}

/// A state of which only another version knows is one in which nothing is sent.
fn state_of(name: &str) -> EmailRecipientState {
    EmailRecipientState::parse(name).unwrap_or(EmailRecipientState::Waiting)
}

/// What an e-mail channel's change from `before` to `after` means for the organisation's recipients, once it is the
/// [turn](Scope::take_turn) of the transaction.
pub(crate) async fn change_by(
    tx: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    channel: Option<ChannelId>,
    before: &[String],
    after: &[String],
) -> Result<Change, StoreError> {
    let (mut others, mut all_read) = (HashSet::new(), true);
    for row in channels::all(tx, scope).await? {
        if Some(row.id) != channel {
            let addresses = try_addresses(&row, keyring);
            all_read &= addresses.is_some();
            let ids = addresses.into_iter().flatten();
            others.extend(ids.map(|to| EmailRecipientId::new(scope.org(), &to)));
        }
    }
    let mut change = change(scope.org(), &others, before, after);
    if !all_read {
        // They may be in one that cannot be read, where who is forgotten would count as confirmed.
        change.removed.clear();
    }
    Ok(change)
}

/// The addresses of an e-mail channel; none of another kind, and none that cannot be read.
pub(crate) fn addresses(row: &ChannelRow, keyring: &Keyring) -> Vec<String> {
    try_addresses(row, keyring).unwrap_or_default()
}

/// The addresses of a channel; nothing when they cannot be read.
pub(crate) fn try_addresses(row: &ChannelRow, keyring: &Keyring) -> Option<Vec<String>> {
    if row.kind != Kind::Email.as_str() {
        return Some(Vec::new());
    }
    match row.open(keyring)? {
        Config::Email(config) => Some(config.to),
        _ => Some(Vec::new()),
    }
}

/// Has those that are new asked, if recipients have to confirm, and forgets those that are gone without an answer.
pub(crate) async fn apply(
    tx: &impl GenericClient,
    scope: Scope,
    change: &Change,
    verify: bool,
) -> Result<(), StoreError> {
    if verify && !change.added.is_empty() {
        tx.execute(
            "INSERT INTO email_recipients (org_id, id, state, wanted_at, due_at)
             SELECT $1, id, $3, now(), now() FROM unnest($2::uuid[]) AS added (id)
             ON CONFLICT (org_id, id) DO UPDATE SET wanted_at = now(), due_at = now(), counted = false
                 WHERE email_recipients.state = $3 AND email_recipients.due_at IS NULL",
            &[
                scope.org_id(),
                &uuids(&change.added),
                &EmailRecipientState::Waiting.as_str(),
            ],
        )
        .await?;
    }
    if !change.removed.is_empty() {
        tx.execute(
            "DELETE FROM email_recipients WHERE org_id = $1 AND id = ANY($2) AND state = $3",
            &[
                scope.org_id(),
                &uuids(&change.removed),
                &EmailRecipientState::Waiting.as_str(),
            ],
        )
        .await?;
    }
    Ok(())
}

fn uuids(ids: &[EmailRecipientId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// What a link is about, and what was answered.
///
/// # Errors
/// 404 when the organisation is gone.
pub(crate) async fn invitation(
    client: &impl GenericClient,
    link: &RecipientLink,
) -> Result<Invitation, StoreError> {
    let row = client
        .query_opt(
            "SELECT o.name, r.state FROM organisations o
             LEFT JOIN email_recipients r ON r.org_id = o.id AND r.id = $2
             WHERE o.id = $1",
            &[&link.org.0, &link.recipient().0],
        )
        .await?;
    let row = row.ok_or(StoreError::NotFound("link"))?;
    let state: Option<&str> = row.try_get("state")?;
    let unknown = match link.can_confirm() {
        // It was asked, and is in no channel any more.
        true => EmailRecipientState::Waiting,
        // It got alerts without having been asked.
        false => EmailRecipientState::Confirmed,
    };
    Ok(Invitation {
        address: link.address.clone(),
        organisation: row.try_get("name")?,
        state: state.map_or(unknown, state_of),
        can_confirm: link.can_confirm(),
    })
}

/// Takes the answer of who has a link. It counts also when no channel has the address any more.
///
/// # Errors
/// 404 when the organisation is gone.
pub(crate) async fn answer(
    client: &impl GenericClient,
    link: &RecipientLink,
    state: EmailRecipientState,
) -> Result<(), StoreError> {
    let answered = client
        .execute(
            "INSERT INTO email_recipients (org_id, id, state, answered_at)
             SELECT id, $2, $3, now() FROM organisations WHERE id = $1
             ON CONFLICT (org_id, id) DO UPDATE
                 SET state = $3, answered_at = now(), wanted_at = NULL, due_at = NULL, counted = false, error = NULL",
            &[&link.org.0, &link.recipient().0, &state.as_str()],
        )
        .await?;
    match answered {
        0 => Err(StoreError::NotFound("link")),
        _ => Ok(()),
    }
}
