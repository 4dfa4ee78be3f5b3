use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn shown(told: Vec<FoldedPartition>) -> Vec<(i32, Timestamp)> {
    told.iter().map(|told| (told.partition, told.until)).collect()
}

fn keep(folded: &Folded, assigned: &[i32], ends: &[(i32, i64)], now: Instant) -> Vec<i32> {
    folded.take_turns(assigned, now);
    folded.unknown(ends, now)
}

#[test]
fn nothing_is_told_of_a_partition_whose_heartbeats_may_be_missing() {
    let (folded, ends) = (Folded::default(), [(0, 10), (1, 5)]);
    keep(&folded, &[0, 1], &ends, Instant::now());
    folded.committed(&[(0, 10), (1, 5)]);
    assert_eq!(folded.gained(&[0, 1]), [0, 1]);
    assert!(folded.tell(&ends, at(900)).is_empty());
    folded.caught_up(&[1]);
    assert_eq!(
        (folded.gained(&[0, 1]), shown(folded.tell(&ends, at(900)))),
        (vec![0], vec![(1, at(900))])
    );
}

#[test]
fn it_is_known_what_redis_has() {
    let (folded, ends) = (Folded::default(), [(0, 10)]);
    keep(&folded, &[0], &ends, Instant::now());
    folded.committed(&ends);
    folded.caught_up(&[0]);
    let told = folded.tell(&ends, at(900));
    assert_eq!(told[0].written, Timestamp::default());
    folded.written(&told);
    assert_eq!(folded.tell(&ends, at(950))[0].written, at(900));
    folded.lost();
    assert_eq!(folded.tell(&ends, at(960))[0].written, Timestamp::default());
}

#[test]
fn the_partition_that_is_furthest_behind_counts() {
    let (folded, ends) = (Folded::default(), [(0, 10), (1, 5)]);
    assert_eq!(folded.behind_ms(at(100)), 0, "nothing is read here");
    keep(&folded, &[0, 1], &ends, Instant::now());
    folded.committed(&ends);
    folded.caught_up(&[0, 1]);
    folded.note_heartbeats([0, 1]);
    assert_eq!(folded.behind_ms(at(100)), 0, "they have just come");
    folded.written(&folded.tell(&ends[..1], at(290)));
    assert_eq!(folded.behind_ms(at(300)), 200, "nothing was told of 1 since then");
    folded.written(&folded.tell(&ends, at(390)));
    assert_eq!(folded.behind_ms(at(400)), 10);
    folded.lost();
    assert_eq!(folded.behind_ms(at(1_400)), 1_010, "nothing can be told");
    keep(&folded, &[], &[], Instant::now());
    assert_eq!(folded.behind_ms(at(1_400)), 0);
}

#[test]
fn what_is_told_follows_the_log_and_never_goes_back() {
    let (folded, now) = (Folded::default(), Instant::now());
    let ends = [(0, 10), (1, 5)];
    assert_eq!(keep(&folded, &[0, 1], &ends, now), [0, 1]);
    folded.caught_up(&[0, 1]);
    assert!(folded.tell(&ends, at(900)).is_empty(), "nothing is known");
    folded.committed(&[(1, 5)]);
    folded.note(0, 7, at(700));
    assert_eq!(shown(folded.tell(&ends, at(900))), [(0, at(700)), (1, at(900))]);
    folded.note(0, 9, at(800));
    assert_eq!(shown(folded.tell(&ends, at(950))), [(0, at(950)), (1, at(950))]);
    // More has come meanwhile.
    assert_eq!(
        shown(folded.tell(&[(0, 11), (1, 5)], at(990))),
        [(0, at(950)), (1, at(990))]
    );
    assert!(keep(&folded, &[1], &[(1, 5)], now + ASK_AGAIN).is_empty());
    assert_eq!(keep(&folded, &[0, 1], &[(0, 11), (1, 5)], now + ASK_AGAIN), [0]);
    assert!(
        folded.tell(&[(0, 11)], at(999)).is_empty(),
        "it was another's meanwhile"
    );
}

#[test]
fn partitions_without_heartbeats_have_their_turn_seldom() {
    let (folded, begin) = (Folded::default(), Instant::now());
    let turns = |millis| folded.take_turns(&[0, 1, 2], begin + Duration::from_millis(millis));
    assert_eq!(turns(0), [0, 1, 2], "they have just come");
    folded.caught_up(&[0, 1]);
    folded.note_heartbeats([1, 2]);
    // What could not be written is not tried all the time.
    assert_eq!(turns(100), [1]);
    folded.caught_up(&[2]);
    assert_eq!(turns(200), [1, 2]);
    assert_eq!(turns(1_000), [0, 1, 2]);
    assert_eq!(turns(1_100), [1, 2]);
    // The first one there.
    folded.note_heartbeats([0]);
    assert_eq!(turns(1_200), [0, 1, 2]);
    // It has gone, and is back.
    folded.take_turns(&[1, 2], begin + Duration::from_millis(1_300));
    assert_eq!(turns(1_400), [0, 1, 2]);
    assert_eq!(turns(1_500), [1, 2]);
}

#[test]
fn how_far_behind_it_is_where_nothing_is_judged_does_not_count() {
    let (folded, ends) = (Folded::default(), [(0, 10)]);
    keep(&folded, &[0], &ends, Instant::now());
    assert_eq!(folded.behind_ms(at(100)), 0);
    assert_eq!(
        folded.behind_ms(at(5_100)),
        5_000,
        "whether there are heartbeats is not known"
    );
    folded.caught_up(&[0]);
    assert_eq!(folded.behind_ms(at(5_100)), 0);
    folded.note_heartbeats([0]);
    assert_eq!(folded.behind_ms(at(5_100)), 5_000);
}
