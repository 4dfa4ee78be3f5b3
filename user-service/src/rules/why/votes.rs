//! What the regions of a monitor said at an instant, and how many of them decide.

use api::{WhyAnswer, WhyVote, WhyVoteState, WhyVotes};
use domain::Timestamp;
use domain::fold::{Vote, Voted, Votes};
use domain::quorum::{Needed, QuorumDown, QuorumWord};

use super::units::clock;

/// Regions of one sentence, at most.
const MAX_REGIONS: usize = 16;

/// What the regions said; nothing where nothing was checked: what they had said last is not what they said then.
pub(crate) fn said(votes: Option<&Votes>, is_checked: bool) -> Option<WhyVotes> {
    votes.filter(|_| is_checked).map(of)
}

/// What these votes say.
fn of(votes: &Votes) -> WhyVotes {
    let regions: Vec<WhyVote> = votes
        .quorum
        .regions
        .iter()
        .map(|name| region(name, votes.regions.get(name)))
        .collect();
    let heard = regions.iter().filter(|vote| vote.state.is_fresh()).count();
    WhyVotes {
        down: match votes.quorum.down {
            Needed::Regions(down) => QuorumDown::Regions(down),
            Needed::All(_) => QuorumDown::Word(QuorumWord::All),
        },
        min_regions: votes.quorum.min_regions,
        is_unseen: heard < usize::from(votes.quorum.min_regions),
        regions,
    }
}

fn region(name: &str, vote: Option<&Vote>) -> WhyVote {
    let state = match vote {
        Some(vote) if vote.absent => WhyVoteState::Absent,
        Some(Vote {
            state: Some(state),
            last_slot: Some(_),
            ..
        }) => match state {
            Voted::Up => WhyVoteState::Up,
            Voted::Degraded => WhyVoteState::Degraded,
            Voted::Down => WhyVoteState::Down,
        },
        _ => WhyVoteState::Unknown,
    };
    let is_down = vote.is_some_and(|vote| vote.state == Some(Voted::Down));
    WhyVote {
        region: name.to_owned(),
        state,
        since: vote.and_then(|vote| vote.since),
        last_slot: vote.and_then(|vote| vote.last_slot),
        contradicted: vote
            .and_then(|vote| vote.against.as_ref())
            .map_or(0, |against| against.count),
        error_code: vote.and_then(|vote| vote.error_code).filter(|_| is_down),
        error: vote.and_then(|vote| vote.error.clone()).filter(|_| is_down),
    }
}

/// Whether a region that is heard of has found it down: that took as many failures as its rule wants.
pub(super) fn is_confirmed_by_one(votes: &Votes) -> bool {
    let is_down = |vote: &Vote| !vote.absent && vote.last_slot.is_some() && vote.state == Some(Voted::Down);
    votes.regions.values().any(is_down)
}

/// How many checks have failed that are not decided by enough regions: those in a row, or among the last ones, of the region
/// that has most of them.
pub(super) fn failing(votes: &Votes) -> u16 {
    let of_region = |vote: &Vote| match (vote.state, &vote.window, &vote.against) {
        _ if vote.absent || vote.last_slot.is_none() => 0,
        // How many it took is known of the rule only.
        (Some(Voted::Down), ..) => 1,
        (_, Some(window), _) => u16::try_from(window.failed.len()).unwrap_or(u16::MAX),
        (_, None, Some(against)) => against.count,
        (_, None, None) => 0,
    };
    votes.regions.values().map(of_region).max().unwrap_or(0)
}

/// A summary with what the regions said, where that is to the point.
pub(super) fn with_votes(summary: String, answer: WhyAnswer, votes: &WhyVotes, at: Timestamp) -> String {
    match answer {
        WhyAnswer::NotChecked => summary,
        // How far one region is says less than what all say.
        WhyAnswer::Unconfirmed => format!("Not down yet: {}", sentence(votes, at)),
        _ => format!("{summary} By region: {}", sentence(votes, at)),
    }
}

/// Each region with what it said, and the rule by which they decide.
fn sentence(votes: &WhyVotes, at: Timestamp) -> String {
    let each: Vec<String> = votes
        .regions
        .iter()
        .take(MAX_REGIONS)
        .map(|vote| one(vote, at))
        .collect();
    let all = votes.regions.len();
    let needed = match votes.down {
        QuorumDown::Regions(down) => format!("{down} of {all} regions have to find it down"),
        QuorumDown::Word(_) => "each region that is heard of has to find it down".to_owned(),
    };
    let unseen = match votes.is_unseen {
        true => format!(
            ", and too few were heard of: nothing is decided by fewer than {}",
            votes.min_regions
        ),
        false => String::new(),
    };
    format!("{}. {}{unseen}.", each.join(", "), capitalised(&needed))
}

fn one(vote: &WhyVote, at: Timestamp) -> String {
    let since = vote.since.map(|since| format!(" since {}", clock(since, at)));
    let since = since.unwrap_or_default();
    let region = &vote.region;
    match vote.state {
        WhyVoteState::Up if vote.contradicted > 0 => format!("{region}: up, but failing"),
        WhyVoteState::Up => format!("{region}: up"),
        WhyVoteState::Degraded => format!("{region}: too slow{since}"),
        WhyVoteState::Down => {
            let code = vote.error_code.map(|code| format!(" ({})", code.sentence()));
            format!("{region}: down{since}{}", code.unwrap_or_default())
        }
        WhyVoteState::Absent => match vote.last_slot {
            Some(last) => format!("{region}: not heard of since {}", clock(last, at)),
            None => format!("{region}: not heard of"),
        },
        WhyVoteState::Unknown => format!("{region}: not decided"),
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + rest.as_str()
}

#[cfg(test)]
mod tests {
    use domain::ErrorCode;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-30T{time}Z").parse().unwrap()
    }

    fn votes(fields: serde_json::Value) -> Votes {
        let votes = serde_json::json!({
            "revision": 1,
            "quorum": {"regions": ["ap", "eu", "me", "us"], "down": 2, "min_regions": 2},
            "first_slot": "2026-11-30T09:00:00Z",
            "interval_ms": 60_000,
            "regions": fields,
        });
        serde_json::from_value(votes).unwrap()
    }

    fn three() -> Votes {
        let slot = "2026-11-30T12:02:00Z";
        votes(serde_json::json!({
            "ap": {"state": "up", "since": "2026-11-30T09:00:00Z", "last_slot": slot},
            "eu": {"state": "down", "since": "2026-11-30T12:01:10Z", "last_slot": slot, "error_code": "read_timeout"},
            "us": {"state": "down", "since": "2026-11-30T12:01:30Z", "last_slot": "2026-11-30T11:50:00Z", "absent": true},
        }))
    }

    #[test]
    fn each_region_is_named_with_the_rule_that_decides() {
        let shown = of(&three());
        let states: Vec<_> = shown.regions.iter().map(|vote| vote.state).collect();
        let expected = [
            WhyVoteState::Up,
            WhyVoteState::Down,
            WhyVoteState::Unknown,
            WhyVoteState::Absent,
        ];
        assert_eq!(states, expected);
        assert!(!shown.is_unseen && shown.down == QuorumDown::Regions(2));
        assert_eq!(said(Some(&three()), true).as_ref(), Some(&shown));
        assert_eq!(said(Some(&three()), false), None);
        let words = with_votes("Found.".to_owned(), WhyAnswer::Notified, &shown, at("12:02:30"));
        let reason = ErrorCode::ReadTimeout.sentence();
        assert_eq!(
            words,
            format!(
                "Found. By region: ap: up, eu: down since 12:01:10 UTC ({reason}), me: not decided, us: not heard of since 11:50 UTC. \
                 2 of 4 regions have to find it down."
            )
        );
        assert_eq!(failing(&three()), 1);
        assert!(is_confirmed_by_one(&three()));
        let mut without = three();
        without.regions.remove("eu");
        assert!(!is_confirmed_by_one(&without), "us is absent");
    }

    #[test]
    fn that_too_few_regions_were_heard_of_is_said() {
        let mut few = three();
        few.regions.remove("ap");
        let shown = of(&few);
        assert!(shown.is_unseen);
        let words = with_votes(String::new(), WhyAnswer::Unconfirmed, &shown, at("12:02:30"));
        assert!(
            words.starts_with("Not down yet: ap: not decided, eu: down since"),
            "{words}"
        );
        assert!(
            words.ends_with(", and too few were heard of: nothing is decided by fewer than 2."),
            "{words}"
        );
        let unchecked = with_votes(
            "Paused.".to_owned(),
            WhyAnswer::NotChecked,
            &shown,
            at("12:02:30"),
        );
        assert_eq!(unchecked, "Paused.");
    }
}
