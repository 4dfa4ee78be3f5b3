//! What alerters go by: the channels of an organisation, and what it wants to hear of.

use std::time::Duration;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_rules::{AlertRules, Mute};
use domain::internal::OrgAlerting;
use domain::{MonitorId, OrgId, Timestamp};
use fred::interfaces::PubsubInterface;
use shared::problem::Problem;

use crate::app::App;
use crate::channels::{self, ChannelRow};
use crate::metrics as names;
use crate::windows;

/// How long Redis may take to be told of a change.
const ANNOUNCE_DEADLINE: Duration = Duration::from_millis(500);

/// Channels and rules of an organisation. A mute that ended is told of for a week: an outage that began under it
/// may still have to be judged.
pub(crate) async fn of(client: &impl GenericClient, org: OrgId) -> Result<OrgAlerting, Problem> {
    let rows = channels::all(client, org).await?;
    let muted = client
        .query(
            "SELECT id, muted_until FROM monitors
             WHERE org_id = $1 AND muted AND deleted_at IS NULL
               AND (muted_until IS NULL OR muted_until > now() - interval '7 days')
             ORDER BY id",
            &[&org.0],
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
    Ok(OrgAlerting {
        channels: rows.into_iter().map(ChannelRow::into_sealed).collect(),
        rules: AlertRules {
            muted: muted?,
            windows: windows::all(client, org).await?,
        },
    })
}

/// Has alerters load what they know of an organisation again. They do so by and by without it.
pub(crate) async fn announce(app: &App, org: OrgId) {
    let topic = app.redis_keys.channels_changed();
    let publish = app.redis.publish::<(), _, _>(topic, org.to_string());
    if !matches!(tokio::time::timeout(ANNOUNCE_DEADLINE, publish).await, Ok(Ok(()))) {
        metrics::counter!(names::MIRROR_FAILURES).increment(1);
        tracing::warn!(org_id = org.0, "alerters were not told at once of a change");
    }
}
