//! Of which monitors something is tried.

use api::BacktestSelection;
use domain::monitor::FieldError;
use domain::routing::{self, Labels, Recipients, Route, RoutedIncident};
use domain::{EscalationPolicyId, MonitorId, Timestamp};

/// Monitors of a backtest, at most.
pub(crate) const MAX_MONITORS: usize = 100;

/// Of which monitors something is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    /// Of these, by id.
    Monitors(Vec<MonitorId>),
    /// Of those with a tag of this name.
    Tag(String),
    /// Of those whose outages go to an escalation policy.
    Policy(EscalationPolicyId),
    /// Of all.
    All,
}

impl Selected {
    /// Reads the selection.
    ///
    /// # Errors
    /// When it is not exactly one, names too many monitors, or a tag that cannot be.
    pub(crate) fn read(given: BacktestSelection) -> Result<Self, FieldError> {
        let BacktestSelection {
            mut monitors,
            tag,
            policy_id,
        } = given;
        match (monitors.is_empty(), tag, policy_id) {
            (false, None, None) => {
                monitors.sort_unstable();
                monitors.dedup();
                if monitors.len() > MAX_MONITORS {
                    let wrong = format!("must name at most {MAX_MONITORS}");
                    return Err(FieldError::new("monitors", wrong));
                }
                Ok(Self::Monitors(monitors))
            }
            (true, Some(tag), None) => match tag.trim() {
                tag if tag.is_empty() || tag.chars().any(char::is_control) => {
                    Err(FieldError::new("tag", "must be the name of a tag"))
                }
                tag => Ok(Self::Tag(tag.to_owned())),
            },
            (true, None, Some(policy)) => Ok(Self::Policy(policy)),
            _ => Err(FieldError::new(
                "monitors",
                "must be given, or else tag or policy_id, and not more than one of them",
            )),
        }
    }
}

/// Whether the outages of a monitor that has these labels go to an escalation policy at an instant.
pub(crate) fn goes_to(policy: EscalationPolicyId, labels: &Labels, routes: &[Route], at: Timestamp) -> bool {
    let outage = RoutedIncident {
        labels,
        degraded: false,
        error_code: None,
        started_at: at,
    };
    let destinations = routing::route(routes, &outage);
    let wanted = Recipients::Policy { policy_id: policy };
    destinations.iter().any(|it| it.recipients == Some(&wanted))
}
