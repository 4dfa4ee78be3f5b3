//! What alerters are told of silences.

use deadpool_postgres::GenericClient;
use domain::hold::{Hold, HoldKind};
use domain::routing::Conditions;
use shared::postgres::Stored;
use tokio_postgres::types::ToSql;

use super::{at, monitors};
use crate::rules::told_days::{TOLD_DAYS, ToldTime};
use crate::store::Scope;
use crate::store::alert_policy_size::{MAX_SILENCE_BYTES, SILENCE_BYTES};
use crate::store::error::StoreError;

/// Silences of which alerters are told, to be kept until an outage that began in one of them is judged: those that are not
/// over, and of the others the latest, as far as there is room. What cannot be read silences nothing, and is counted.
pub(crate) async fn holds(
    client: &impl GenericClient,
    scope: Scope,
    time: ToldTime,
) -> Result<Vec<Hold>, StoreError> {
    // One that ended before it began is of nothing.
    let sql = format!(
        "SELECT id, monitors, conditions, starts_at, ends_at FROM (
             SELECT *, sum({SILENCE_BYTES}) OVER (ORDER BY ends_at > $5 DESC, ends_at DESC, id DESC) AS bytes
             FROM silences
             WHERE org_id = $1 AND ends_at > $4::timestamptz - make_interval(days => $2) AND starts_at < ends_at
         ) AS told WHERE ends_at > $5 OR bytes <= $3 ORDER BY id"
    );
    let statement = client.prepare_cached(&sql).await?;
    let (since, as_of) = (time.since.to_datetime(), time.at.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 5] =
        [scope.org_id(), &TOLD_DAYS, &MAX_SILENCE_BYTES, &since, &as_of];
    let rows = client.query(&statement, &parameters).await?;
    let mut holds = Vec::with_capacity(rows.len());
    for row in &rows {
        let conditions: Stored<Conditions> = row.try_get("conditions")?;
        let Some(conditions) = conditions.or_left_out("silence", row.try_get("id")?) else {
            continue;
        };
        holds.push(Hold {
            kind: HoldKind::Silence,
            monitors: monitors(row)?,
            conditions,
            spans: vec![(at(row, "starts_at")?, at(row, "ends_at")?)],
        });
    }
    Ok(holds)
}
