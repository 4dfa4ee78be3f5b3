//! What alerters go by: the channels of an organisation, and its rules.

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_rules::{AlertRules, Mute};
use domain::internal::OrgAlerting;
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::token::TokenKey;

use super::Scope;
use super::channels::ChannelRow;
use super::error::StoreError;
use super::{alert_policy, channels, maintenance_windows, quiet_hours, recipients, silences};
use crate::rules::told_days::ToldTime;

/// For how long alerters are told of a mute that ended: an outage that began under it may still have to be judged.
const TOLD_MUTES: &str = "7 days";

/// Channels and rules of an organisation, and who is notified when.
pub(crate) async fn read(
    client: &impl GenericClient,
    keyring: &Keyring,
    key: &TokenKey,
    scope: Scope,
    verify_recipients: bool,
) -> Result<OrgAlerting, StoreError> {
    let rows = channels::all(client, scope).await?;
    let recipients = recipients::known(client, scope, verify_recipients).await?;
    let quiet = quiet_hours::of_members(client, scope).await?;
    let now = shared::now();
    let sealed = |row: ChannelRow| {
        let mut channel = row.into_sealed(keyring, key, &recipients);
        channel.alerts.owner_quiet_hours = channel.owner.and_then(|owner| quiet.get(&owner).copied());
        channel
    };
    Ok(OrgAlerting {
        channels: rows.into_iter().map(sealed).collect(),
        rules: rules(client, scope, None, ToldTime::at(now)).await?,
        policy: alert_policy::read(client, scope, now).await?,
    })
}

/// The rules around a time, with the mutes of these monitors, or of all.
pub(super) async fn rules(
    client: &impl GenericClient,
    scope: Scope,
    monitors: Option<&[i64]>,
    time: ToldTime,
) -> Result<AlertRules, StoreError> {
    // By their ids only those are looked at.
    let whose = match monitors {
        Some(_) => "id = ANY($3)",
        None => "$3::bigint[] IS NULL",
    };
    let sql = format!(
        "SELECT id, muted_until FROM monitors
         WHERE org_id = $1 AND muted AND deleted_at IS NULL
           AND (muted_until IS NULL OR muted_until > $2::timestamptz - interval '{TOLD_MUTES}') AND {whose}
         ORDER BY id"
    );
    let statement = client.prepare_cached(&sql).await?;
    let since = time.since.to_datetime();
    let rows = client
        .query(&statement, &[scope.org_id(), &since, &monitors])
        .await?;
    let muted = rows.iter().map(|row| {
        let until: Option<DateTime<Utc>> = row.try_get("muted_until")?;
        Ok(Mute {
            monitor_id: MonitorId(row.try_get("id")?),
            until: until.map(Timestamp::from),
        })
    });
    let muted: Result<Vec<_>, tokio_postgres::Error> = muted.collect();
    let (windows, occurrences) = maintenance_windows::told(client, scope, time).await?;
    let mut holds = silences::holds(client, scope, time).await?;
    holds.extend(occurrences);
    Ok(AlertRules {
        muted: muted?,
        windows,
        holds,
    })
}
