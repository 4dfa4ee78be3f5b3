//! Whatever holds alerts back: what goes on is announced in the end, and whoever was notified of a beginning is notified of
//! the end.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Happens {
    Result(bool),
    Upstream(bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => any::<bool>().prop_map(Happens::Result),
        1 => any::<bool>().prop_map(Happens::Upstream),
    ]
}

/// One channel has quiet hours, the monitor depends on another one, and may be flapping.
fn monitor(lasting_minutes: u16, outages: u16, quiet_seconds: i64) -> Noisy {
    let mut monitor = Noisy::new(Labels {
        severity: Severity::Warning,
        depends_on: vec![PARENT],
        wait_seconds: WAIT as u16,
        flapping: Some(FlappingRule {
            outages,
            within_minutes: 30,
            lasting_minutes,
        }),
        ..Labels::default()
    });
    monitor.recipients = vec![recipient(1, PLAIN), recipient(2, quiet_for(quiet_seconds))];
    monitor
}

proptest! {
    #[test]
    fn nothing_that_goes_on_is_kept_back_for_ever(
        steps in proptest::collection::vec((1i64..30, happens()), 1..60),
        lasting_minutes in 1u16..20,
        outages in 2u16..5,
        quiet_seconds in 60i64..7_200,
    ) {
        let mut monitor = monitor(lasting_minutes, outages, quiet_seconds);
        let (mut at, mut is_up, mut sent) = (0, true, Vec::new());
        for (pause, happens) in steps {
            at += pause * 10;
            match happens {
                Happens::Result(up) => {
                    is_up = up;
                    monitor.result(at, up);
                }
                Happens::Upstream(true) => monitor.upstream = Upstream::NotDown,
                Happens::Upstream(false) => monitor.upstream = Upstream::Down(PARENT),
            }
            while let Some(next) = monitor.tick(at).filter(|next| *next < 10) {
                prop_assert!(next > 0);
                at += next;
            }
            sent.append(&mut monitor.send());
        }
        // The other one is up, and nothing else happens for long enough.
        monitor.upstream = Upstream::NotDown;
        for _ in 0..10 {
            at += 2_000;
            monitor.tick(at);
            sent.append(&mut monitor.send());
        }
        let open = monitor.alerter.ledger.incidents.iter().find(|it| it.resolution.is_none());
        prop_assert_eq!(open.is_some(), !is_up);
        if let Some(open) = open {
            let channels: Vec<_> = open.opening().deliveries.iter().map(|it| (it.channel.0, it.status)).collect();
            let received = crate::DeliveryStatus::Sent;
            prop_assert_eq!(channels, [(1, received), (2, received)]);
        }
        for channel in [1, 2] {
            let heard: Vec<_> = sent.iter().filter(|(_, to)| *to == channel).map(|(kind, _)| *kind).collect();
            let downs = heard.iter().filter(|kind| **kind == "down").count();
            let ups = heard.iter().filter(|kind| **kind == "up").count();
            // Each outage that was announced has an end; of some that were over the end is all that is heard of.
            prop_assert!(ups + usize::from(!is_up) >= downs, "{heard:?}");
            prop_assert!(heard.windows(2).all(|pair| pair != ["down", "down"]), "{heard:?}");
        }
        monitor.assert_names_differ();
    }
}
