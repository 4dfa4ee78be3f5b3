//! Monitors of which regions are silent.

use super::*;

/// Of a monitor that several regions check, and that is up.
const REGIONS: &[u8] = include_bytes!("../../../../../domain/fixtures/alert-state/regions.json");

/// Milliseconds from one look to the next.
const FULL_MS: i64 = 300_000;

const PLACE: (&str, &str) = ("c", "t");

/// Has it looked every ten seconds for five minutes, as far as the log was read by then; answers when that was last.
fn look_on(partition: &mut Partition, from: Timestamp) -> Timestamp {
    for passed in (10_000..=FULL_MS).step_by(10_000) {
        let now = from.plus_millis(passed);
        partition.look(now, PLACE, Some(now));
    }
    from.plus_millis(FULL_MS)
}

#[tokio::test]
async fn silence_is_found_by_the_clock_once_the_log_was_read_so_far() {
    let (mut partition, id) = (partition(), MonitorId(1));
    partition.insert(id, serde_json::from_slice(REGIONS).unwrap(), &channels());
    partition.insert(
        MonitorId(2),
        serde_json::from_slice(DECIDED).unwrap(),
        &channels(),
    );
    let is_noticed = |partition: &Partition, id: MonitorId| partition.ledgers[&id].is_unplanned();
    let now = Timestamp::from_millis(4_000_000_200_000);
    // Nothing was read, and nobody has said that there is nothing.
    partition.look(now, PLACE, None);
    assert!(!is_noticed(&partition, id));
    // It was said before the partition was here.
    partition.look(now, PLACE, Some(Timestamp::from_millis(1)));
    assert!(!is_noticed(&partition, id));
    let later = now.plus_millis(FULL_MS);
    partition.catching_up = true;
    partition.look(later, PLACE, Some(later));
    assert!(!is_noticed(&partition, id));
    partition.catching_up = false;
    // It has been read as it grows only since then.
    partition.look(later, PLACE, Some(later));
    assert!(!is_noticed(&partition, id));
    let found = look_on(&mut partition, later);
    assert!(is_noticed(&partition, id) && partition.unrouted.contains(&id));
    // One region checks the other.
    assert!(!is_noticed(&partition, MonitorId(2)));
    let incidents = |partition: &Partition| serde_json::to_string(&partition.ledgers[&id]).unwrap();
    let before = incidents(&partition);
    look_on(&mut partition, found);
    assert_eq!(incidents(&partition), before);
}

#[tokio::test]
async fn what_is_silent_after_the_log_was_away_is_put_off_once() {
    let (mut partition, id) = (partition(), MonitorId(1));
    let now = Timestamp::from_millis(4_000_000_200_000);
    partition.look(now, PLACE, Some(now));
    let now = look_on(&mut partition, now);
    partition.insert(id, serde_json::from_slice(REGIONS).unwrap(), &channels());
    // Kafka was away, and all of it is read again just before the next look.
    let now = now.plus_millis(FULL_MS - 10_000);
    partition.look(now, PLACE, Some(now));
    let back = now.plus_millis(10_000);
    partition.look(back, PLACE, Some(back));
    assert!(!partition.ledgers[&id].is_unplanned());
    let next = look_on(&mut partition, back);
    assert!(partition.ledgers[&id].is_unplanned(), "at {next}");
}
