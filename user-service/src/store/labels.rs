//! What routes go by of monitors: their kind, severity and tags, and the recipients that they name themselves.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use domain::routing::{Labels, Recipients};
use domain::{MonitorId, TagId};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use crate::rules::alert_labels::{AlertLabels, AlertLabelsChange};

/// What changes when a label of one of the organisation's monitors does, and never is 0; or 0 where nothing goes by labels.
/// The hash of each monitor has its id in it, and so has that of each of its tags: no two are the same and cancel out.
const VERSION: &str = "SELECT CASE
    WHEN EXISTS (SELECT FROM alert_routes WHERE org_id = $1)
      OR EXISTS (SELECT FROM monitors WHERE org_id = $1 AND (alert_recipients IS NOT NULL OR severity <> 'critical'))
    THEN coalesce(nullif(
        (SELECT coalesce(bit_xor(hashtextextended(
             concat_ws(' ', spec->>'kind', severity, alert_recipients), id)), 0)
         FROM monitors WHERE org_id = $1 AND deleted_at IS NULL)
        # (SELECT coalesce(bit_xor(hashint8extended(mt.monitor_id, mt.tag_id)), 0)
           FROM tags t JOIN monitor_tags mt ON mt.tag_id = t.id WHERE t.org_id = $1), 0), 1)
    ELSE 0 END";

/// Changes when the labels of one of the organisation's monitors do; 0 where nothing goes by them.
pub(crate) async fn labels_version(client: &impl GenericClient, scope: Scope) -> Result<i64, StoreError> {
    let statement = client.prepare_cached(VERSION).await?;
    let row = client.query_one(&statement, &[scope.org_id()]).await?;
    Ok(row.try_get(0)?)
}

/// The labels of monitors of an organisation.
pub(crate) async fn of_monitors(
    client: &impl GenericClient,
    scope: Scope,
    ids: &[i64],
) -> Result<HashMap<MonitorId, Labels>, StoreError> {
    let sql = "SELECT m.id, m.spec->>'kind' AS kind, m.severity, m.alert_recipients,
                   coalesce((SELECT array_agg(mt.tag_id ORDER BY mt.tag_id) FROM monitor_tags mt
                             WHERE mt.monitor_id = m.id), '{}') AS tags
               FROM monitors m WHERE m.org_id = $1 AND m.id = ANY($2)";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[scope.org_id(), &ids]).await?;
    let read = |row: &Row| {
        let id = MonitorId(row.try_get("id")?);
        let AlertLabels { severity, recipients } = read(row, id)?;
        let tags: Vec<i64> = row.try_get("tags")?;
        let labels = Labels {
            kind: row.try_get("kind")?,
            severity,
            tags: tags.into_iter().map(TagId).collect(),
            recipients,
        };
        Ok((id, labels))
    };
    rows.iter().map(read).collect()
}

/// What a row of `monitors` says of the monitor's alerts. What another version has written and cannot be read is counted,
/// and the default applies: silence would be worse.
pub(super) fn read(row: &Row, id: MonitorId) -> Result<AlertLabels, tokio_postgres::Error> {
    let severity: &str = row.try_get("severity")?;
    let recipients: Option<Stored<Recipients>> = row.try_get("alert_recipients")?;
    Ok(AlertLabels {
        severity: severity.parse().unwrap_or_default(),
        recipients: recipients.and_then(|stored| stored.or_left_out("recipients", id.0)),
    })
}

/// Gives locked monitors of an organisation these labels, which a change has made, and so makes new versions of them.
/// Recipients of which the change says nothing are not written: those that cannot be read are kept.
pub(crate) async fn set_all(
    tx: &impl GenericClient,
    scope: Scope,
    change: &AlertLabelsChange,
    labels: &[(MonitorId, &AlertLabels)],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = labels.iter().map(|(id, _)| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let severities: Vec<&str> = labels.iter().map(|(_, one)| one.severity.as_str()).collect();
    let recipients: Vec<Option<Json<&Recipients>>> = labels
        .iter()
        .map(|(_, one)| one.recipients.as_ref().map(Json))
        .collect();
    let sql = "UPDATE monitors AS m SET severity = new.severity,
                   alert_recipients = CASE WHEN $4 THEN new.recipients ELSE m.alert_recipients END,
                   version = m.version + 1, updated_at = now()
               FROM unnest($1::bigint[], $2::text[], $3::jsonb[]) AS new (id, severity, recipients)
               WHERE m.id = new.id AND m.org_id = $5";
    let statement = tx.prepare_cached(sql).await?;
    let are_given = change.gives_recipients();
    tx.execute(
        &statement,
        &[&ids, &severities, &recipients, &are_given, scope.org_id()],
    )
    .await?;
    Ok(())
}
