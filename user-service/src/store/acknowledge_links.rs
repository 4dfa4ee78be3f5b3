//! What the link in a notification acknowledges.

use api::{Acknowledgement, LinkedIncident, LinkedState};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::acknowledge_link::AcknowledgeLink;
use domain::channel::ChannelAlerts;
use shared::postgres::Stored;

use super::error::StoreError;
use super::{Scope, incidents};

/// In whose name the link of a channel acknowledges: the channel's, or of a member's own channel the member's. None where
/// the channel is gone, disabled, or has no such links any more.
pub(crate) async fn acting_as(
    client: &impl GenericClient,
    link: &AcknowledgeLink,
) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT coalesce(u.name, c.name), c.alerts FROM channels c LEFT JOIN users u ON u.id = c.owner_id
               WHERE c.id = $1 AND c.org_id = $2 AND c.enabled";
    let row = client
        .query_opt(sql, &[&link.channel_id.0, &link.org_id.0])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let alerts: Stored<ChannelAlerts> = row.try_get(1)?;
    let alerts = alerts.or_left_out("alerts of a channel", link.channel_id.0);
    let name: String = row.try_get(0)?;
    let is_allowed = alerts.is_some_and(|alerts| alerts.acknowledge_by_link);
    Ok(is_allowed.then(|| format!("link:{name}")))
}

/// The incident, or the drill.
pub(crate) async fn incident(
    client: &impl GenericClient,
    link: &AcknowledgeLink,
) -> Result<LinkedIncident, StoreError> {
    match link.monitor_id.drill() {
        Some(_) => drill(client, link).await,
        None => {
            let scope = Scope::organisation(link.org_id);
            let found = incidents::incident(client, scope, link.incident_id).await?;
            let resolved_at = found.incident.resolved_at;
            Ok(LinkedIncident {
                monitor_name: found.incident.monitor_name.unwrap_or_default(),
                drill: false,
                state: state(resolved_at, found.acknowledged.as_ref()),
                started_at: found.incident.started_at,
                resolved_at,
                acknowledged: found.acknowledged,
            })
        }
    }
}

async fn drill(client: &impl GenericClient, link: &AcknowledgeLink) -> Result<LinkedIncident, StoreError> {
    let sql = "SELECT m.name, d.started_at, d.ended_at, a.acknowledged_at, a.by_name
               FROM drills d JOIN monitors m ON m.id = d.monitor_id
               LEFT JOIN incident_acknowledgements a ON a.incident_id = d.incident_id AND a.org_id = d.org_id
               WHERE d.incident_id = $1 AND d.org_id = $2";
    let row = client
        .query_opt(sql, &[&link.incident_id.0, &link.org_id.0])
        .await?;
    let row = row.ok_or(StoreError::NotFound("link"))?;
    let at = |column| {
        let at: Option<DateTime<Utc>> = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(at.map(Timestamp::from))
    };
    let acknowledged = match at("acknowledged_at")? {
        Some(at) => Some(Acknowledgement {
            at,
            by: row.try_get("by_name")?,
        }),
        None => None,
    };
    let resolved_at = at("ended_at")?;
    Ok(LinkedIncident {
        monitor_name: row.try_get("name")?,
        drill: true,
        state: state(resolved_at, acknowledged.as_ref()),
        started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
        resolved_at,
        acknowledged,
    })
}

fn state(resolved_at: Option<Timestamp>, acknowledged: Option<&Acknowledgement>) -> LinkedState {
    match (resolved_at, acknowledged) {
        (Some(_), _) => LinkedState::Resolved,
        (None, Some(_)) => LinkedState::Acknowledged,
        (None, None) => LinkedState::Open,
    }
}
