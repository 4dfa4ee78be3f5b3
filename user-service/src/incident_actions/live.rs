//! Telling dashboards at once.

use std::time::Duration;

use api::Incident;
use domain::OrgId;
use fred::interfaces::StreamsInterface;

use crate::app::App;
use crate::metrics as names;

/// How long Redis may take.
const DEADLINE: Duration = Duration::from_millis(500);

/// Entries that a live stream keeps, as the processor keeps them.
const STREAM: i64 = 1_000;

/// Has the dashboards of an organisation show a changed incident. Without it they do when they next load it.
pub(super) async fn tell(app: &App, org: OrgId, incident: &Incident) {
    let data = match serde_json::to_string(incident) {
        Ok(data) => data,
        Err(error) => return tracing::error!(%error, "an incident could not be written"),
    };
    let fields = vec![("event", "incident".to_owned()), ("data", data)];
    let add = app.redis.xadd::<(), _, _, _, _>(
        app.redis_keys.stream(org),
        false,
        ("MAXLEN", "~", STREAM),
        "*",
        fields,
    );
    if !matches!(tokio::time::timeout(DEADLINE, add).await, Ok(Ok(()))) {
        metrics::counter!(names::MIRROR_FAILURES).increment(1);
        tracing::warn!(org_id = org.0, "dashboards were not told at once of an incident");
    }
}
