#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

const SESSION: Duration = Duration::from_secs(6);

fn join(member: &StrBytes, metadata: &'static str) -> Join {
    Join {
        group: StrBytes::from_static_str("processor"),
        client: StrBytes::from_static_str("client"),
        member: member.clone(),
        session: SESSION,
        rebalance: Duration::from_secs(60),
        protocols: vec![(StrBytes::from_static_str("sticky"), Bytes::from(metadata))],
    }
}

fn group() -> StrBytes {
    StrBytes::from_static_str("processor")
}

/// A group with one member, which reads everything.
fn with_one(groups: &mut Groups, now: Instant) -> Joined {
    let joined = groups
        .join(join(&StrBytes::default(), "a"), now)
        .try_recv()
        .unwrap()
        .unwrap();
    assert_eq!(
        joined.leader, joined.member,
        "the first one leads, and waits for nobody"
    );
    let division = vec![(joined.member.clone(), Bytes::from("all"))];
    let mut assigned = groups.sync(&group(), &joined.member, joined.generation, division, now);
    assert_eq!(assigned.try_recv().unwrap().unwrap(), "all");
    joined
}

#[test]
fn a_second_member_shares_after_the_first_has_joined_again() {
    let (mut groups, now) = (Groups::default(), Instant::now());
    let first = with_one(&mut groups, now);
    let mut second = groups.join(join(&StrBytes::default(), "b"), now);
    assert!(second.try_recv().is_err(), "it waits for the first");
    let heard = groups.heartbeat(&group(), &first.member, first.generation, now);
    assert_eq!(heard, Err(ResponseError::RebalanceInProgress));
    let committed = groups.may_commit(&group(), &first.member, first.generation, now);
    assert_eq!(committed, Ok(()), "what was done before is not done again");

    let again = groups
        .join(join(&first.member, "a"), now)
        .try_recv()
        .unwrap()
        .unwrap();
    let second = second.try_recv().unwrap().unwrap();
    assert_eq!((again.members.len(), second.members.len()), (2, 0));
    assert_eq!(again.generation, first.generation + 1);
    let mut waiting = groups.sync(&group(), &second.member, second.generation, vec![], now);
    assert!(waiting.try_recv().is_err(), "it waits for the leader");
    let division = vec![(second.member.clone(), Bytes::from("half"))];
    drop(groups.sync(&group(), &again.member, again.generation, division, now));
    assert_eq!(waiting.try_recv().unwrap().unwrap(), "half");
    let stale = groups.heartbeat(&group(), &first.member, first.generation, now);
    assert_eq!(stale, Err(ResponseError::IllegalGeneration));
}

#[test]
fn a_member_that_is_gone_holds_nobody_up_for_long() {
    let (mut groups, now) = (Groups::default(), Instant::now());
    let first = with_one(&mut groups, now);
    let mut second = groups.join(join(&StrBytes::default(), "b"), now);
    groups.expire(now + SESSION);
    assert!(second.try_recv().is_err());
    groups.expire(now + SESSION + Duration::from_millis(1));
    let second = second.try_recv().unwrap().unwrap();
    assert_eq!(second.leader, second.member);
    let heard = groups.heartbeat(&group(), &first.member, first.generation, now);
    assert_eq!(heard, Err(ResponseError::UnknownMemberId));
}

#[test]
fn one_that_lives_but_does_not_join_is_waited_for_as_long_as_it_asked() {
    let (mut groups, now) = (Groups::default(), Instant::now());
    let first = with_one(&mut groups, now);
    let mut second = groups.join(join(&StrBytes::default(), "b"), now);
    for seconds in 1..=60 {
        assert!(second.try_recv().is_err(), "after {seconds} s");
        let later = now + Duration::from_secs(seconds);
        let _ = groups.heartbeat(&group(), &first.member, first.generation, later);
        groups.expire(later);
    }
    assert!(second.try_recv().unwrap().is_ok());
}

#[test]
fn whoever_leaves_frees_its_share_and_the_last_one_the_group() {
    let (mut groups, now) = (Groups::default(), Instant::now());
    let first = with_one(&mut groups, now);
    let stranger = groups.may_commit(&group(), &StrBytes::default(), -1, now);
    assert_eq!(stranger, Err(ResponseError::UnknownMemberId));
    assert_eq!(groups.leave(&group(), &first.member, now), Ok(()));
    assert!(groups.0.is_empty());
    assert_eq!(groups.may_commit(&group(), &StrBytes::default(), -1, now), Ok(()));
}

#[test]
fn a_follower_that_asks_again_disturbs_nobody_and_the_leader_begins_anew() {
    let (mut groups, now) = (Groups::default(), Instant::now());
    let first = with_one(&mut groups, now);
    let mut again = groups.join(join(&first.member, "a"), now);
    assert_eq!(
        again.try_recv().unwrap().unwrap().generation,
        first.generation + 1
    );
    let mut retried = groups.join(join(&first.member, "a"), now);
    assert_eq!(
        retried.try_recv().unwrap().unwrap().generation,
        first.generation + 1
    );
}
