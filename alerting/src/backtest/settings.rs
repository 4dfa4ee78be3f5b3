//! What alerts go by in a simulation, and from when on.

use std::sync::Arc;

use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::hold::HoldKind;
use domain::routing::Labels;
use domain::suppression::Suppression;
use domain::{ChannelId, Timestamp};

use crate::settings::{NotificationSettings, Recipient, Upstream};

/// What alerts of a monitor go by; see [`NotificationSettings`].
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The enabled channels of the organisation, and those of its members.
    pub recipients: Vec<Recipient>,
    /// Its channels that have incidents of their own.
    pub incident_keepers: Vec<ChannelId>,
    /// Muted monitors, silences and maintenance windows.
    pub rules: AlertRules,
    /// Who is notified when.
    pub policy: AlertPolicy,
    /// What routes and filters go by of the monitor.
    pub labels: Labels,
}

impl Settings {
    pub(super) fn with_upstream(&self, upstream: Upstream) -> NotificationSettings<'_> {
        NotificationSettings {
            recipients: &self.recipients,
            incident_keepers: &self.incident_keepers,
            rules: &self.rules,
            policy: &self.policy,
            route_index: None,
            labels: Some(&self.labels),
            upstream,
        }
    }

    fn remove(&mut self, suppression: Suppression) {
        let rules = &mut self.rules;
        match suppression {
            Suppression::Mute => rules.muted.clear(),
            Suppression::Silence => rules.holds.retain(|hold| hold.kind != HoldKind::Silence),
            Suppression::Maintenance => {
                rules.windows.clear();
                rules.holds.retain(|hold| hold.kind != HoldKind::Maintenance);
            }
            Suppression::Dependency => self.labels.depends_on.clear(),
            Suppression::Flapping => self.labels.flapping = None,
            Suppression::Throttle => {
                for recipient in &mut self.recipients {
                    recipient.preferences.throttle_seconds = 0;
                }
            }
            Suppression::QuietHours => {
                for recipient in &mut self.recipients {
                    recipient.preferences = recipient.preferences.without_quiet_hours();
                }
            }
        }
    }
}

/// Settings, in the order in which they came into force; never empty.
#[derive(Debug)]
pub(super) struct Versions(Vec<(Timestamp, Arc<Settings>)>);

impl Versions {
    /// These settings without what is left out of them.
    pub(super) fn new(settings: &[(Timestamp, Arc<Settings>)], without: &[Suppression]) -> Self {
        let mut versions = settings.to_vec();
        if versions.is_empty() {
            versions.push((Timestamp::default(), Arc::default()));
        }
        versions.sort_by_key(|(from, _)| *from);
        if !without.is_empty() {
            for (_, settings) in &mut versions {
                let settings = Arc::make_mut(settings);
                without.iter().for_each(|&it| settings.remove(it));
            }
        }
        Self(versions)
    }

    /// Those in force at an instant.
    pub(super) fn at(&self, at: Timestamp) -> &Settings {
        &self.0[self.begun(at) - 1].1
    }

    /// When others come into force after an instant.
    pub(super) fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        self.0.get(self.begun(after)).map(|(from, _)| *from)
    }

    /// How many have come into force by an instant: at least the first one.
    fn begun(&self, at: Timestamp) -> usize {
        self.0.partition_point(|(from, _)| *from <= at).max(1)
    }
}
