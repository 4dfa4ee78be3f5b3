//! Reads user-service's answer about an organisation's channels and rules. One channel, mute or window that cannot be
//! read must not keep anybody from being notified of an outage.

use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::internal::OrgAlerting;
use serde::Deserialize;
use shared::items::Items;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    channels: Items<'a>,
    #[serde(borrow, default)]
    rules: Rules<'a>,
    #[serde(borrow, default)]
    policy: Policy<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Policy<'a> {
    #[serde(borrow)]
    routes: Items<'a>,
    #[serde(borrow)]
    escalation_policies: Items<'a>,
    #[serde(borrow)]
    schedules: Items<'a>,
    #[serde(borrow)]
    teams: Items<'a>,
    #[serde(borrow)]
    people: Items<'a>,
    labels_version: i64,
}

impl Policy<'_> {
    fn read(self) -> AlertPolicy {
        AlertPolicy {
            routes: self.routes.read("route"),
            escalation_policies: self.escalation_policies.read("escalation policy"),
            schedules: self.schedules.read("on-call schedule"),
            teams: self.teams.read("team"),
            people: self.people.read("person"),
            labels_version: self.labels_version,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rules<'a> {
    #[serde(borrow)]
    muted: Items<'a>,
    #[serde(borrow)]
    windows: Items<'a>,
    #[serde(borrow)]
    holds: Items<'a>,
}

/// What can be read of it; the rest is counted. Only when it does not fit as a whole is it read item by item.
pub(crate) fn read(json: &[u8]) -> Result<OrgAlerting, serde_json::Error> {
    if let Ok(alerting) = serde_json::from_slice(json) {
        return Ok(alerting);
    }
    let page: Page<'_> = serde_json::from_slice(json)?;
    Ok(OrgAlerting {
        channels: page.channels.read("channel"),
        rules: AlertRules {
            muted: page.rules.muted.read("mute"),
            windows: page.rules.windows.read("maintenance window"),
            holds: page.rules.holds.read("hold"),
        },
        policy: page.policy.read(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ChannelId, MonitorId};
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_does_not_spoil_the_rest() {
        let channel = |id| {
            json!({"id": id, "org_id": 7, "name": "Ops", "kind": "slack", "enabled": true,
                   "alerts": {"from_the_future": [1]}, "sealed_config": ""})
        };
        let mut wrong = channel(1);
        wrong["alerts"] = json!({"throttle_seconds": "often"});
        let window =
            json!({"repeat": "once", "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"});
        let page = json!({
            "channels": [wrong, channel(2)],
            "rules": {
                "muted": [{"monitor_id": 1, "until": "+10000-01-01T23:58:59.000Z"}, {"monitor_id": 2}],
                "windows": [window, {"repeat": "yearly"}],
                "holds": [{"kind": "silence", "spans": [["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]]},
                          {"kind": "silence", "conditions": {"from_the_future": 1}, "spans": []},
                          {"kind": "prayer", "spans": []}],
            },
        });
        let read = read(page.to_string().as_bytes()).unwrap();
        let channels: Vec<_> = read.channels.iter().map(|channel| channel.id).collect();
        assert_eq!(channels, [ChannelId(2)]);
        let muted: Vec<_> = read.rules.muted.iter().map(|mute| mute.monitor_id).collect();
        assert_eq!(muted, [MonitorId(2)]);
        assert_eq!((read.rules.windows.len(), read.rules.holds.len()), (1, 1));
        let nothing = super::read(br#"{"channels": []}"#).unwrap();
        assert_eq!(nothing, OrgAlerting::default());
    }
}
