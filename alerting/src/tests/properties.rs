//! Duplicates, late records and any restart point change no decision.

use proptest::prelude::*;

use super::*;

fn records() -> impl Strategy<Value = Vec<Record>> {
    let down_of = proptest::option::of(2u16..7);
    let down_for = prop_oneof![3 => Just(0), 1 => 10u32..60];
    let rule = (1u16..4, 1u16..4, down_of, down_for);
    let rule = rule.prop_map(|(down_after, up_after, down_of, down_for_seconds)| Rule {
        down_after,
        up_after,
        slow_ms: Some(100),
        down_of,
        down_for_seconds,
    });
    let step = prop_oneof![
        20 => (0u8..3, 0i64..3).prop_map(|(found, late)| (Some((found, late)), LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Edited)),
        1 => Just((None, LifecycleEvent::Paused)),
    ];
    (rule, proptest::collection::vec(step, 1..60)).prop_map(|(rule, steps)| {
        let mut revision = 1;
        let mut records = Vec::new();
        for (slot, (step, event)) in steps.into_iter().enumerate() {
            let slot = slot as i64 + 10;
            match step {
                Some((found, late)) => {
                    let mut record = result(slot - late, found > 0, rule, revision);
                    if let (Record::Result(result), 1) = (&mut record, found) {
                        result.latency_ms = Some(500);
                    }
                    records.push(record);
                }
                None => {
                    revision += 1;
                    records.push(edited(slot, revision, event));
                    // A paused monitor goes on under the next revision.
                    if event == LifecycleEvent::Paused {
                        revision += 1;
                    }
                }
            }
        }
        records
    })
}

proptest! {
    /// A crash between any two records, with the last records read again, and with every message received in
    /// the mean time or none: the decisions are the same.
    #[test]
    fn a_restart_changes_no_decision(records in records(), at in 0usize..60, again in 0usize..10, receives: bool) {
        let at = at.min(records.len());
        let committed = at.saturating_sub(again);
        let mut steady = Alerter::default();
        for record in &records {
            steady.take(record);
            if receives { while steady.attempt(&sent()) > 0 {} }
        }
        let mut first = Alerter::default();
        for record in &records[..at] {
            first.take(record);
            if receives { while first.attempt(&sent()) > 0 {} }
        }
        let mut second = first.restarted(&records[..committed]);
        for record in &records[committed..] {
            second.take(record);
            if receives { while second.attempt(&sent()) > 0 {} }
        }
        let mut decisions = first.decisions();
        decisions.extend(second.decisions());
        prop_assert_eq!(decisions, steady.decisions());
        prop_assert_eq!(second.ledger.due().len(), steady.ledger.due().len());
    }

    /// Records that are read twice or come late decide nothing.
    #[test]
    fn duplicates_change_no_decision(records in records(), again in 1usize..8) {
        let mut once = Alerter::default();
        let mut twice = Alerter::default();
        for (index, record) in records.iter().enumerate() {
            once.take(record);
            twice.take(record);
            records[index.saturating_sub(again)..=index].iter().for_each(|record| twice.take(record));
        }
        prop_assert_eq!(once.decisions(), twice.decisions());
    }
}
