//! The words in which people read what happened.

use domain::flapping::FlappingRule;
use domain::fold::{CloseReason, FoundBy};
use domain::{ErrorCode, Timestamp};

/// What a user has done to a monitor whose incident that has ended, or what else has that is no recovery.
pub(super) fn ended(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => "✅ Resolved",
        CloseReason::Withdrawn => "✅ Not overdue after all",
        CloseReason::Edited => "✏️ Monitor edited; checks start over",
        CloseReason::Paused => "⏸️ Monitoring paused",
        CloseReason::Deleted => "🗑️ Monitor deleted",
        CloseReason::NotCompared => "⏹️ Not compared with what is usual any more",
    }
}

/// What that means.
pub(super) fn after_end(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => "The incident is over.",
        CloseReason::Withdrawn => "A ping had arrived in time, and was read only now: there was no outage.",
        CloseReason::Edited => "The incident is over, because something else is checked now.",
        CloseReason::Paused | CloseReason::Deleted => {
            "The incident is over, because the monitor is not checked any more."
        }
        CloseReason::NotCompared => "Whether response times are slower than usual is not known any more.",
    }
}

/// Why a check failed and what it found: one line when the second only says more than the first.
pub(super) fn failure(code: Option<ErrorCode>, error: Option<&str>) -> Vec<String> {
    match (code, error) {
        (Some(code), Some(error)) if error.starts_with(code.sentence()) => vec![with_phase(code, error)],
        (code, error) => code
            .map(reason)
            .into_iter()
            .chain(error.map(str::to_owned))
            .collect(),
    }
}

/// Why a check failed, and in which phase.
pub(super) fn reason(code: ErrorCode) -> String {
    with_phase(code, code.sentence())
}

fn with_phase(code: ErrorCode, text: &str) -> String {
    match super::phase::phase_name(code) {
        Some(phase) => format!("{text} (phase: {phase})"),
        None => text.to_owned(),
    }
}

/// That a monitor is flapping, and what that means.
pub(super) fn flapping(rule: FlappingRule) -> String {
    let minutes = |minutes: u16| duration(i64::from(minutes) * 60_000);
    format!(
        "Flapping: {} outages within {}. From now on only outages that last {} are announced, until it settles.",
        rule.outages,
        minutes(rule.within_minutes),
        minutes(rule.lasting_minutes)
    )
}

/// Regions that are named of those that have found the same.
const MAX_REGIONS: usize = 8;

/// From which regions a target is down and from which it is up: `Down from eu, us; up from ap`. None where nothing is known
/// of any.
pub(super) fn regions(found: &FoundBy) -> Option<String> {
    let all = [
        ("down from", &found.down),
        ("up from", &found.up),
        ("nothing heard from", &found.absent),
    ];
    let known = all.into_iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<String> = known
        .map(|(what, names)| format!("{what} {}", listed(names)))
        .collect();
    let line = parts.join("; ");
    let first = line.chars().next()?;
    Some(first.to_uppercase().chain(line.chars().skip(1)).collect())
}

pub(super) fn listed(names: &[String]) -> String {
    let named = &names[..names.len().min(MAX_REGIONS)];
    match names.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A duration in words, in its two largest units: `20 s`, `2 min 10 s`, `1 h 5 min`, `2 d 3 h`.
pub(super) fn duration(millis: i64) -> String {
    let seconds = (millis.max(0) + 500) / 1_000;
    let (large, small) = match seconds {
        0..60 => ((seconds, "s"), (0, "")),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    if small.0 == 0 {
        format!("{} {}", large.0, large.1)
    } else {
        format!("{} {} {} {}", large.0, large.1, small.0, small.1)
    }
}

/// An instant for people who read plain text.
pub(super) fn format_time(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_not_explained_twice() {
        let refused = failure(
            Some(ErrorCode::ConnectRefused),
            Some("Connection refused by 192.0.2.1:80"),
        );
        assert_eq!(
            refused,
            ["Connection refused by 192.0.2.1:80 (phase: connection)"]
        );
        let inverted = ErrorCode::UpsideDown.sentence();
        assert_eq!(failure(Some(ErrorCode::UpsideDown), Some(inverted)), [inverted]);
        let other = failure(Some(ErrorCode::StatusMismatch), Some("it answered 500"));
        assert_eq!(other.len(), 2);
        assert_eq!(failure(None, None), [] as [String; 0]);
    }

    #[test]
    fn regions_are_named_by_what_they_have_found() {
        let names = |names: &str| names.split_whitespace().map(str::to_owned).collect();
        let line = |down: &str, up: &str, absent: &str| {
            regions(&FoundBy {
                down: names(down),
                up: names(up),
                absent: names(absent),
            })
        };
        assert_eq!(
            line("eu us", "ap", "").as_deref(),
            Some("Down from eu, us; up from ap")
        );
        assert_eq!(
            line("eu", "", "ap me").as_deref(),
            Some("Down from eu; nothing heard from ap, me")
        );
        assert_eq!(line("", "ap eu us", "").as_deref(), Some("Up from ap, eu, us"));
        assert_eq!(line("", "", ""), None);
        let many = (1..=16).map(|number| format!("r{number:02}")).collect::<Vec<_>>();
        assert_eq!(
            line(&many.join(" "), "", "").as_deref(),
            Some("Down from r01, r02, r03, r04, r05, r06, r07, r08 and 8 more")
        );
    }

    #[test]
    fn what_flaps_is_told_in_one_line() {
        let rule = FlappingRule {
            outages: 3,
            within_minutes: 90,
            lasting_minutes: 5,
        };
        assert_eq!(
            flapping(rule),
            "Flapping: 3 outages within 1 h 30 min. From now on only outages that last 5 min are announced, until it \
             settles."
        );
    }

    #[test]
    fn a_reason_names_the_phase_where_there_is_one() {
        for (code, phase) in [
            (ErrorCode::TlsTimeout, Some("TLS")),
            (ErrorCode::ReadTimeout, Some("response")),
            (ErrorCode::Other, None),
        ] {
            let shown = reason(code);
            match phase {
                Some(phase) => assert!(shown.ends_with(&format!(" (phase: {phase})")), "{shown}"),
                None => assert_eq!(shown, code.sentence()),
            }
        }
    }

    #[test]
    fn durations_have_two_units() {
        for (millis, text) in [
            (0, "0 s"),
            (20_000, "20 s"),
            (59_600, "1 min"),
            (130_000, "2 min 10 s"),
            (3_900_000, "1 h 5 min"),
            (183_600_000, "2 d 3 h"),
        ] {
            assert_eq!(duration(millis), text);
        }
    }
}
