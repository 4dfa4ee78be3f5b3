//! Taking an incident on.

use deadpool_postgres::GenericClient;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{IncidentId, OrgId};
use shared::problem::Problem;

use super::{conflict, live};
use crate::app::App;
use crate::monitors::{COLUMNS, MonitorRow};
use crate::{history, outbox};

/// Notes that somebody has taken an incident on, and has the log hear of it. Whoever comes second changes
/// nothing.
///
/// # Errors
/// 404 when the organisation has no such incident, 409 when it was over before anybody took it on.
pub(crate) async fn acknowledge(
    app: &App,
    org: OrgId,
    incident: IncidentId,
    by: &str,
) -> Result<(), Problem> {
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let is_first = insert(&tx, org, incident, by).await?;
    tx.commit().await?;
    if is_first {
        app.outbox.notify_one();
        let view = history::incident(&client, org, incident).await?;
        drop(client);
        live::tell(app, org, &view).await;
    }
    Ok(())
}

/// Answers whether it was the first.
async fn insert(
    tx: &impl GenericClient,
    org: OrgId,
    incident: IncidentId,
    by: &str,
) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT {COLUMNS}, i.resolved_at IS NULL AS is_open
         FROM incidents i JOIN monitors m ON m.id = i.monitor_id WHERE i.id = $1 AND i.org_id = $2"
    );
    let row = tx.query_opt(&sql, &[&incident.0, &org.0]).await?;
    let row = row.ok_or_else(|| Problem::not_found("incident"))?;
    let inserted = tx
        .execute(
            "INSERT INTO incident_acknowledgements (incident_id, org_id, by_name) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            &[&incident.0, &org.0, &by],
        )
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    if !row.try_get::<_, bool>("is_open")? {
        return Err(conflict("the incident is over"));
    }
    let record = Lifecycle {
        incident_id: Some(incident),
        ..MonitorRow::read(&row)?.lifecycle(LifecycleEvent::Acknowledged, shared::now())
    };
    outbox::insert(tx, record).await?;
    Ok(true)
}
