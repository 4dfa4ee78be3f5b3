//! Who is named to who is narrowed to tags. Pure.
//!
//! They learn who works on an incident that they see, for that is whom to ask: who has acknowledged it, and who has written a
//! note. No other people are named to them, in whatever way an alert is shown: neither whom a step of an escalation was to
//! reach nor whose own channel it was. Nor are they told who, or which key, has saved a definition: the query of versions
//! withholds it. By which routes, policies, schedules and teams alerts of their monitors go they are told, though they do not
//! see those themselves.

use api::{AlertCause, AlertStep, TargetKind};
use domain::ChannelId;
use domain::escalation::Target;

/// Whether a target has a name that is not told.
pub(crate) fn is_withheld(target: &Target) -> bool {
    matches!(target, Target::Person { .. })
}

/// Takes out of a cause who a person is.
pub(crate) fn hide_in_cause(cause: Option<&mut AlertCause>) {
    let step = cause.and_then(|cause| cause.step.as_mut());
    if let Some(target) = step.and_then(|step| step.target.as_mut())
        && target.kind == TargetKind::Person
    {
        target.name = None;
    }
}

/// Takes out what a channel is called that is none of `channels`, which are the organisation's: the names of members' own are
/// those of people.
pub(crate) fn hide_channel(channel: Option<ChannelId>, name: &mut Option<String>, channels: &[ChannelId]) {
    if channel.is_some_and(|id| !channels.contains(&id)) {
        *name = None;
    }
}

/// Takes out of steps who people are.
pub(crate) fn hide_in_steps(steps: &mut [AlertStep], channels: &[ChannelId]) {
    for step in steps {
        hide_channel(step.channel_id.map(ChannelId), &mut step.channel_name, channels);
        hide_in_cause(step.cause.as_mut());
    }
}

#[cfg(test)]
mod tests {
    use api::{CauseTarget, CausedBy, EscalationCause};
    use domain::{EscalationPolicyId, Timestamp, UserId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn named(channel: i64, kind: TargetKind) -> AlertStep {
        AlertStep {
            at: Timestamp::default(),
            step: "decided".to_owned(),
            alert: "down".to_owned(),
            channel_id: Some(channel),
            channel_name: Some("Ada (sms)".to_owned()),
            cause: Some(AlertCause {
                by: CausedBy::Default,
                route_id: None,
                route_name: None,
                step: Some(EscalationCause {
                    policy_id: EscalationPolicyId(1),
                    policy_name: Some("Night".to_owned()),
                    round: 1,
                    step: 1,
                    target: Some(CauseTarget {
                        kind,
                        id: 7,
                        name: Some("Ada".to_owned()),
                    }),
                }),
            }),
            delivery_id: Some(Uuid::from_u128(1)),
            attempt: 0,
            reason: None,
            receipt: None,
            reported: None,
            source: json!({}),
            revision: Some(1),
        }
    }

    #[test]
    fn people_are_not_named_and_what_is_the_organisations_is() {
        let mut steps = [named(1, TargetKind::Team), named(2, TargetKind::Person)];
        hide_in_steps(&mut steps, &[ChannelId(1)]);
        let names = steps.iter().map(|step| {
            let step_of = step.cause.as_ref()?.step.as_ref()?;
            let target = step_of.target.as_ref()?;
            Some((
                step.channel_name.as_deref(),
                target.name.as_deref(),
                step_of.policy_name.as_deref(),
            ))
        });
        let names: Vec<_> = names.map(Option::unwrap).collect();
        assert_eq!(
            names,
            [
                (Some("Ada (sms)"), Some("Ada"), Some("Night")),
                (None, None, Some("Night"))
            ]
        );
    }

    #[test]
    fn of_targets_persons_alone_are_people() {
        assert!(is_withheld(&Target::Person { id: UserId(7) }));
        assert!(!is_withheld(&Target::Channel { id: ChannelId(7) }));
    }
}
