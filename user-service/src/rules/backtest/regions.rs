//! By which regions a candidate has a monitor judged.

use std::sync::Arc;

use alerting::backtest::JudgedBy;
use api::BacktestCandidate;
use domain::Quorum;
use domain::monitor::{FieldError, Spec};
use domain::quorum::is_region_name;

use crate::rules::errors::Errors;

/// What is not valid of the regions of any monitor.
pub(super) fn wrong_regions(regions: &[String]) -> Vec<FieldError> {
    let most = Quorum::MAX_REGIONS;
    if !(1..=most).contains(&regions.len()) {
        return vec![FieldError::new("regions", format!("must list 1 to {most}"))];
    }
    let mut errors = Errors::default();
    for (place, name) in regions.iter().enumerate() {
        let field = format!("regions.{place}");
        if !is_region_name(name) {
            errors.add::<()>(&field, "must be the name of a region");
        } else if regions[..place].contains(name) {
            errors.add::<()>(&field, "must be named once");
        }
    }
    errors.0
}

/// By whom a candidate has a monitor judged; none where each result is by its own quorum. It can leave out regions that check
/// the monitor, and have others decide: what was never checked is not known.
///
/// # Errors
/// Every field that is not valid of this monitor.
pub(super) fn judged_by(
    candidate: &BacktestCandidate,
    present: &Spec,
) -> Result<Option<JudgedBy>, Vec<FieldError>> {
    if candidate.regions.is_none() && candidate.quorum.is_none() {
        return Ok(None);
    }
    let mut errors = Errors::default();
    if present.quorum.is_none() {
        let wrong = "must be left out: one region checks the monitor";
        let given = [
            ("regions", candidate.regions.is_some()),
            ("quorum", candidate.quorum.is_some()),
        ];
        for (field, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            errors.add::<()>(field, wrong);
        }
        return Err(errors.0);
    }
    let mut regions = candidate.regions.as_ref().unwrap_or(&present.regions).clone();
    for (place, name) in regions.iter().enumerate() {
        if !present.regions.contains(name) {
            let wrong = format!(
                "must be one of those that check it: {}",
                present.regions.join(", ")
            );
            errors.add::<()>(&format!("regions.{place}"), &wrong);
        }
    }
    regions.sort();
    match (&*regions, candidate.quorum) {
        _ if !errors.0.is_empty() => Err(errors.0),
        ([_], Some(_)) => {
            let wrong = "must be left out with fewer than two regions";
            Err(vec![FieldError::new("quorum", wrong)])
        }
        ([one], None) => Ok(Some(JudgedBy::One(one.clone()))),
        (several, asked) => {
            // Fewer regions than now cannot always decide as they do now.
            let asked = asked.or(present.quorum_asked);
            let quorum = Quorum::resolve(several, asked.unwrap_or_default())?;
            Ok(Some(JudgedBy::Several(Arc::new(quorum))))
        }
    }
}
