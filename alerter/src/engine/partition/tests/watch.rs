//! Monitors of which regions are silent.

use super::*;

/// Of a monitor that several regions check, and that is up.
const REGIONS: &[u8] = include_bytes!("../../../../../domain/fixtures/alert-state/regions.json");

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
    partition.look(now, ("c", "t"), None);
    assert!(!is_noticed(&partition, id));
    // It was said before the partition was here.
    partition.look(now, ("c", "t"), Some(Timestamp::from_millis(1)));
    assert!(!is_noticed(&partition, id));
    let later = now.plus_millis(300_000);
    partition.catching_up = true;
    partition.look(later, ("c", "t"), Some(later));
    assert!(!is_noticed(&partition, id));
    partition.catching_up = false;
    partition.look(later, ("c", "t"), Some(later));
    assert!(is_noticed(&partition, id) && partition.unrouted.contains(&id));
    // One region checks the other.
    assert!(!is_noticed(&partition, MonitorId(2)));
    let incidents = |partition: &Partition| serde_json::to_string(&partition.ledgers[&id]).unwrap();
    let before = incidents(&partition);
    let again = later.plus_millis(300_000);
    partition.look(again, ("c", "t"), Some(again));
    assert_eq!(incidents(&partition), before);
}
