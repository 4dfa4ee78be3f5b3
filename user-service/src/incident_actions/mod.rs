//! What people do about incidents: they take them on, and write notes. Rows of their own, beside the processor's.

mod acknowledge;
mod handlers;
mod live;
mod notes;

pub(crate) use acknowledge::acknowledge;
pub(crate) use handlers::mount;
pub(crate) use notes::notes_of;

use actix_web::http::StatusCode;
use deadpool_postgres::GenericClient;
use shared::problem::Problem;

fn conflict(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, detail)
}

/// Forgets what was done about incidents that are not known any more.
pub(crate) async fn purge_orphans(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let mut purged = 0;
    for (table, at) in [
        ("incident_acknowledgements", "acknowledged_at"),
        ("incident_notes", "written_at"),
    ] {
        // Not the young ones: incidents may just be made again from the log.
        let sql = format!(
            "DELETE FROM {table} t WHERE {at} < now() - interval '30 days'
                 AND NOT EXISTS (SELECT FROM incidents i WHERE i.id = t.incident_id)"
        );
        purged += client.execute(&sql, &[]).await?;
    }
    Ok(purged)
}
