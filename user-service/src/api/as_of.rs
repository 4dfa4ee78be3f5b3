//! As of which instant is answered.

use std::time::Duration;

use domain::{OrgId, Timestamp};
use shared::http::problem::Problem;
use shared::permits::{FairPermits, Permit};

use crate::app::App;
use crate::rules::as_of;
use crate::store::Scope;

/// How long a place is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The instant as of which is answered, if one is asked for.
///
/// # Errors
/// 422 (`at`) for one of which nothing is kept.
pub(super) fn asked(at: Option<Timestamp>) -> Result<Option<Timestamp>, Problem> {
    as_of::valid(at, shared::now()).map_err(|wrong| Problem::invalid(vec![wrong]))
}

/// A place for an answer that is made of results, where one as of an instant is asked for. It is taken before a connection is,
/// which who waits would keep from others.
///
/// # Errors
/// 503 while the organisation, or others, have too many.
pub(super) async fn place(
    app: &App,
    scope: Scope,
    at: Option<Timestamp>,
) -> Result<Option<Permit<OrgId>>, Problem> {
    match at {
        None => Ok(None),
        Some(_) => taken(&app.as_of, scope.org()).await.map(Some),
    }
}

async fn taken(places: &FairPermits<OrgId>, org: OrgId) -> Result<Permit<OrgId>, Problem> {
    let taken = tokio::time::timeout(PATIENCE, places.take(org)).await;
    taken.map_err(|_| Problem::unavailable("a place for an answer as of an instant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_organisation_does_not_take_all_places() {
        let places = FairPermits::new(as_of::PLACES);
        let (ours, theirs) = (OrgId(1), OrgId(2));
        let mut held = Vec::new();
        while let Ok(place) = taken(&places, ours).await {
            held.push(place);
            assert!(held.len() < as_of::PLACES);
        }
        let refused = taken(&places, ours).await.unwrap_err();
        assert_eq!(refused.status().as_u16(), 503);
        drop(taken(&places, theirs).await.unwrap());
        held.pop();
        taken(&places, ours).await.unwrap();
    }
}
