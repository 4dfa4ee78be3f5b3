//! The states that a page's monitors have now.

use std::collections::{BTreeSet, HashMap};

use ::pages::Document;
use domain::MonitorId;
use domain::live::LiveState;
use serde::Deserialize;

use super::source::Source;

/// What Redis says of them. A monitor of another organisation is none of the page's, and one of which nothing is said is
/// left out, as all are when there is no answer: the document has a state of each.
pub(super) async fn states(source: &Source, document: &Document) -> HashMap<MonitorId, LiveState> {
    let monitors = document.components().filter_map(|one| Some(one.monitor?.id));
    let monitors: Vec<MonitorId> = monitors.collect::<BTreeSet<_>>().into_iter().collect();
    if monitors.is_empty() {
        return HashMap::new();
    }
    let statuses = source.statuses(&monitors).await.into_iter();
    let own = statuses.filter(|(_, org, _)| *org == document.org_id.0);
    own.filter_map(|(monitor, _, json)| {
        let status: Status = serde_json::from_str(&json).ok()?;
        Some((monitor, status.state))
    })
    .collect()
}

/// What pages show of a status. What is wrong, and what single regions say, is not read at all.
#[derive(Deserialize)]
struct Status {
    state: LiveState,
}
