//! What alerters go by: the channels of an organisation, and its rules.

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_rules::{AlertRules, Mute};
use domain::internal::OrgAlerting;
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::token::TokenKey;

use super::Scope;
use super::error::StoreError;
use super::{alert_policy, channels, maintenance_windows, recipients, silences};

/// Channels and rules of an organisation, and who is notified when. A mute that ended is among them for a week: an outage that began under it
/// may still have to be judged.
pub(crate) async fn read(
    client: &impl GenericClient,
    keyring: &Keyring,
    key: &TokenKey,
    scope: Scope,
    verify_recipients: bool,
) -> Result<OrgAlerting, StoreError> {
    let rows = channels::all(client, scope).await?;
    let recipients = recipients::known(client, scope, verify_recipients).await?;
    let muted = client
        .query(
            "SELECT id, muted_until FROM monitors
             WHERE org_id = $1 AND muted AND deleted_at IS NULL
               AND (muted_until IS NULL OR muted_until > now() - interval '7 days')
             ORDER BY id",
            &[scope.org_id()],
        )
        .await?;
    let muted = muted.iter().map(|row| {
        let until: Option<DateTime<Utc>> = row.try_get("muted_until")?;
        Ok(Mute {
            monitor_id: MonitorId(row.try_get("id")?),
            until: until.map(Timestamp::from),
        })
    });
    let muted: Result<Vec<_>, tokio_postgres::Error> = muted.collect();
    let now = shared::now();
    let (windows, occurrences) = maintenance_windows::told(client, scope, now).await?;
    let mut holds = silences::holds(client, scope).await?;
    holds.extend(occurrences);
    Ok(OrgAlerting {
        channels: rows
            .into_iter()
            .map(|row| row.into_sealed(keyring, key, &recipients))
            .collect(),
        rules: AlertRules {
            muted: muted?,
            windows,
            holds,
        },
        policy: alert_policy::read(client, scope, now).await?,
    })
}
