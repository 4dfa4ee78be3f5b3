//! Which monitors something names. Pure.

use std::collections::BTreeSet;

use domain::MonitorId;
use domain::monitor::FieldError;

/// Monitors that something may name.
const MAX_MONITORS: usize = 1_000;

/// Each monitor once, by id.
///
/// # Errors
/// What is wrong with the field `monitors`.
pub(crate) fn monitor_ids(given: &[i64]) -> Result<Vec<MonitorId>, FieldError> {
    if given.len() > MAX_MONITORS {
        let wrong = format!("must name at most {MAX_MONITORS}");
        return Err(FieldError::new("monitors", wrong));
    }
    let ids: BTreeSet<i64> = given.iter().copied().collect();
    Ok(ids.into_iter().map(MonitorId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_and_they_are_not_too_many() {
        assert_eq!(monitor_ids(&[42, 7, 42]).unwrap(), [MonitorId(7), MonitorId(42)]);
        assert!(monitor_ids(&[1; MAX_MONITORS]).is_ok());
        let refused = monitor_ids(&[1; MAX_MONITORS + 1]).unwrap_err();
        assert_eq!(refused.field, "monitors");
    }
}
