//! Rows of `channels`.

use api::LimitKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::channel::{ChannelAlerts, Config, Kind};
use domain::internal::SealedChannel;
use domain::{ChannelId, OrgId, Timestamp, UserId};
use serde_json::json;
use shared::crypto::Keyring;
use shared::items;
use shared::postgres::Stored;
use shared::token::TokenKey;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::alert_policy_size::{self, Part};
use super::error::StoreError;
use super::limits;
use crate::rules::channel::{Known, ValidChannel};
use crate::rules::plan::Plans;
use crate::rules::recipients::KnownRecipients;

pub(super) const COLUMNS: &str =
    "id, org_id, name, kind, config, enabled, alerts, owner_id, version, created_at, updated_at,
     EXISTS (SELECT FROM channel_confirmations w WHERE w.channel_id = channels.id) AS unconfirmed";

/// Channels of a member's own in one organisation, at most. No plan says anything of them.
const MAX_OWN: i64 = 10;

/// Whose channels are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The organisation's.
    Organisation,
    /// A member's own: nobody else sees them.
    Member(UserId),
}

impl Whose {
    fn of(owner: Option<UserId>) -> Self {
        owner.map_or(Self::Organisation, Self::Member)
    }

    /// As in the column `owner_id`.
    fn owner(self) -> Option<i64> {
        match self {
            Self::Organisation => None,
            Self::Member(id) => Some(id.0),
        }
    }
}

/// A row of `channels`.
#[derive(Clone, Debug)]
pub(crate) struct ChannelRow {
    pub(crate) id: ChannelId,
    pub(crate) org_id: OrgId,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) enabled: bool,
    pub(crate) alerts: Stored<ChannelAlerts>,
    /// Whose own it is; none where it is the organisation's.
    pub(crate) owner: Option<UserId>,
    /// Whether its owner has still to show that the number is theirs.
    pub(crate) unconfirmed: bool,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl ChannelRow {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: ChannelId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            sealed: row.try_get("config")?,
            enabled: row.try_get("enabled")?,
            alerts: row.try_get("alerts")?,
            owner: row.try_get::<_, Option<i64>>("owner_id")?.map(UserId),
            unconfirmed: row.try_get("unconfirmed")?,
            version: row.try_get("version")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// Of which alerts it is notified; the defaults where that cannot be read, because silence would be worse.
    pub(crate) fn alerts(&self) -> ChannelAlerts {
        self.alerts.value().copied().unwrap_or_default()
    }

    /// What can be told of it without its configuration.
    pub(crate) fn known(&self) -> Known {
        Known {
            name: self.name.clone(),
            kind: self.kind.clone(),
            enabled: self.enabled,
            alerts: self.alerts(),
        }
    }

    /// The configuration in the clear; none, which is counted, when it cannot be read.
    pub(crate) fn open(&self, keyring: &Keyring) -> Option<Config> {
        self.try_open(keyring)
            .inspect_err(|why| items::left_out("channel", Some(self.id.0), why))
            .ok()
    }

    fn try_open(&self, keyring: &Keyring) -> Result<Config, String> {
        let kind = Kind::parse(&self.kind).ok_or("it is of no known kind")?;
        let plain = keyring
            .open(&SealedChannel::seal_context(self.org_id), &self.sealed)
            .map_err(|error| error.to_string())?;
        kind.read(&plain).map_err(|error| items::describe(&error))
    }

    /// As the alerter gets it.
    pub(crate) fn into_sealed(
        mut self,
        keyring: &Keyring,
        key: &TokenKey,
        recipients: &KnownRecipients,
    ) -> SealedChannel {
        let (mut withheld, mut left_out, mut tokens) = (Vec::new(), None, None);
        if self.kind == Kind::Email.as_str() {
            match self.open(keyring) {
                Some(Config::Email(config)) => {
                    tokens = Some(recipients.decline_tokens(&config, key));
                    left_out = recipients.split(config);
                }
                // An alerter may be able to open it.
                _ => withheld = recipients.withheld(),
            }
        }
        // An alerter takes no reports, and one of before there were any does not read what they need.
        if self.kind == Kind::WhatsApp.as_str()
            && let Some(Config::WhatsApp(config)) = self.open(keyring)
            && config.app_secret.is_some()
        {
            let context = SealedChannel::seal_context(self.org_id);
            self.sealed = keyring.seal_stable(&context, json!(config.for_sending()).to_string().as_bytes());
        }
        // An alerter that knows of no codes cannot send anything to the number either.
        if self.unconfirmed {
            self.sealed = keyring.seal_stable(&SealedChannel::seal_context(self.org_id), b"{}");
        }
        // An alerter that knows of no confirmations does not see the others either.
        let (sealed, left_out) = match left_out {
            None => (self.sealed, None),
            Some((config, left_out)) => {
                let context = SealedChannel::left_out_context(self.org_id);
                let left_out = keyring.seal_stable(&context, json!(left_out).to_string().as_bytes());
                let context = SealedChannel::seal_context(self.org_id);
                let config = keyring.seal_stable(&context, json!(config).to_string().as_bytes());
                (config, Some(STANDARD.encode(left_out)))
            }
        };
        // The same at any time, as the rest: what has not changed is not written anew to `alert-state`.
        let tokens = tokens.map(|tokens| {
            let context = SealedChannel::decline_context(self.org_id);
            STANDARD.encode(keyring.seal_stable(&context, json!(tokens).to_string().as_bytes()))
        });
        SealedChannel {
            id: self.id,
            org_id: self.org_id,
            name: self.name,
            kind: self.kind,
            enabled: self.enabled,
            owner: self.owner,
            alerts: self.alerts.or_left_out("channel", self.id.0).unwrap_or_default(),
            sealed_config: STANDARD.encode(sealed),
            withheld,
            sealed_left_out: left_out,
            sealed_decline_tokens: tokens,
            unconfirmed: self.unconfirmed,
        }
    }
}

fn seal(keyring: &Keyring, scope: Scope, config: &Config) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(config).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    Ok(keyring.seal(&SealedChannel::seal_context(scope.org()), &plain))
}

/// All channels in an organisation, those of its members included, by id: for alerters, and for what recipients are asked.
pub(crate) async fn all(client: &impl GenericClient, scope: Scope) -> Result<Vec<ChannelRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE org_id = $1 ORDER BY id");
    let rows = client.query(&sql, &[scope.org_id()]).await?;
    rows.iter().map(ChannelRow::read).collect()
}

/// The channels of an organisation, or of one of its members, by id.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    whose: Whose,
) -> Result<Vec<ChannelRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channels WHERE org_id = $1 AND owner_id IS NOT DISTINCT FROM $2 ORDER BY id"
    );
    let rows = client.query(&sql, &[scope.org_id(), &whose.owner()]).await?;
    rows.iter().map(ChannelRow::read).collect()
}

/// The ids of an organisation's channels, without members' own.
pub(crate) async fn ids(client: &impl GenericClient, scope: Scope) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM channels WHERE org_id = $1 AND owner_id IS NULL ORDER BY id";
    let rows = client.query(sql, &[scope.org_id()]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// A channel of an organisation, or of one of its members.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    whose: Whose,
    id: ChannelId,
) -> Result<ChannelRow, StoreError> {
    one(client, scope, whose, id, "").await
}

/// As [`find`], locked until the transaction ends.
pub(crate) async fn lock(
    tx: &impl GenericClient,
    scope: Scope,
    whose: Whose,
    id: ChannelId,
) -> Result<ChannelRow, StoreError> {
    one(tx, scope, whose, id, "FOR UPDATE").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    whose: Whose,
    id: ChannelId,
    lock: &str,
) -> Result<ChannelRow, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channels
         WHERE id = $1 AND org_id = $2 AND owner_id IS NOT DISTINCT FROM $3 {lock}"
    );
    let row = client
        .query_opt(&sql, &[&id.0, scope.org_id(), &whose.owner()])
        .await?;
    ChannelRow::read(&row.ok_or(StoreError::NotFound("channel"))?)
}

/// Whose Slack bot a channel is, and the secret with which its app signs.
pub(crate) async fn slack_bot(
    client: &impl GenericClient,
    keyring: &Keyring,
    id: ChannelId,
) -> Result<Option<(OrgId, String)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = $1 AND kind = $2");
    let row = client.query_opt(&sql, &[&id.0, &Kind::SlackBot.as_str()]).await?;
    let Some(row) = row else { return Ok(None) };
    let row = ChannelRow::read(&row)?;
    Ok(match row.open(keyring) {
        Some(Config::SlackBot(bot)) => Some((row.org_id, bot.signing_secret)),
        _ => None,
    })
}

/// Adds a channel.
///
/// # Errors
/// 409 when the organisation, or the member, has as many as it may have; 422 (`config`) when there is too much of them.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    (scope, whose): (Scope, Whose),
    channel: &ValidChannel,
    plans: &Plans,
) -> Result<ChannelRow, StoreError> {
    match whose {
        Whose::Organisation => {
            limits::require_room(tx, scope, plans, LimitKey::Channels, 1).await?;
        }
        Whose::Member(member) => require_own_room(tx, scope, member).await?,
    }
    let sealed = seal(keyring, scope, &channel.config)?;
    alert_policy_size::require_small(&sealed, whose)?;
    let sql = format!(
        "INSERT INTO channels (org_id, name, kind, config, enabled, alerts, owner_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &channel.name,
                &channel.config.kind().as_str(),
                &sealed,
                &channel.enabled,
                &Json(channel.alerts),
                &whose.owner(),
            ],
        )
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Channels).await?;
    ChannelRow::read(&row)
}

/// Requires that a member may have one more, once it is the [turn](Scope::take_turn) of the transaction.
async fn require_own_room(tx: &Transaction<'_>, scope: Scope, member: UserId) -> Result<(), StoreError> {
    scope.take_turn(tx).await?;
    let sql = "SELECT count(*) FROM channels WHERE org_id = $1 AND owner_id = $2";
    let row = tx.query_one(sql, &[scope.org_id(), &member.0]).await?;
    match row.try_get::<_, i64>(0)? < MAX_OWN {
        true => Ok(()),
        false => Err(StoreError::Conflict(format!(
            "there are {MAX_OWN} channels of your own, which is as many as there may be"
        ))),
    }
}

/// Changes a locked channel.
///
/// # Errors
/// 422 (`config`) when there is more of it than before, and too much.
pub(crate) async fn update(
    tx: &impl GenericClient,
    keyring: &Keyring,
    old: &ChannelRow,
    channel: &ValidChannel,
) -> Result<ChannelRow, StoreError> {
    let scope = Scope::organisation(old.org_id);
    let sealed = seal(keyring, scope, &channel.config)?;
    // What is too large already can still be switched off.
    let grows = sealed.len() > old.sealed.len();
    if grows {
        alert_policy_size::require_small(&sealed, Whose::of(old.owner))?;
    }
    let sql = format!(
        "UPDATE channels SET name = $2, config = $3, enabled = $4, alerts = $5, version = version + 1,
             updated_at = now()
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                &old.id.0,
                &channel.name,
                &sealed,
                &channel.enabled,
                &Json(channel.alerts),
            ],
        )
        .await?;
    if grows {
        alert_policy_size::require_room(tx, scope, Part::Channels).await?;
    }
    ChannelRow::read(&row)
}

/// Removes a locked channel.
pub(crate) async fn delete(
    tx: &impl GenericClient,
    scope: Scope,
    old: &ChannelRow,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM channels WHERE id = $1 AND org_id = $2";
    tx.execute(sql, &[&old.id.0, scope.org_id()]).await?;
    Ok(())
}

/// Seals again what was sealed with an older key, so that the key can be given up. Answers how many there
/// were.
pub(crate) async fn reseal(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM channels ORDER BY id");
    let mut resealed = 0;
    for row in client.query(&sql, &[]).await? {
        let row = ChannelRow::read(&row)?;
        if keyring.is_current(&row.sealed) {
            continue;
        }
        let Some(config) = row.open(keyring) else { continue };
        let sealed = seal(keyring, Scope::organisation(row.org_id), &config)?;
        client
            .execute(
                "UPDATE channels SET config = $2 WHERE id = $1 AND config = $3",
                &[&row.id.0, &sealed, &row.sealed],
            )
            .await?;
        resealed += 1;
    }
    Ok(resealed)
}
