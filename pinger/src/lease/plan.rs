//! Which pod should hold which shard. Pure: pods that see the same members compute the same plan, so that survivors do
//! not race for a dead pod's shards, without coordination.

use std::collections::BTreeSet;

/// What a pod sees of the leases.
#[derive(Debug)]
pub(super) struct LeaseView<'a> {
    /// This pod.
    pub(super) me: &'a str,
    /// The live pods, this one included if it may hold leases.
    pub(super) members: &'a [String],
    /// The holder of each shard according to Redis.
    pub(super) owners: &'a [Option<String>],
    /// The shards that this pod checks.
    pub(super) held: &'a BTreeSet<u32>,
    /// Redis was unreachable, and other pods may not have returned yet: only what was held is claimed.
    pub(super) after_outage: bool,
}

/// The changes that a pod has to make.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LeaseChanges {
    /// Shards to claim: free ones that the plan gives to this pod, and held ones whose lease has expired.
    pub(super) claim: Vec<u32>,
    /// Shards to hand over to the pods to which the plan gives them.
    pub(super) release: Vec<u32>,
    /// Shards that another pod has taken over.
    pub(super) lost: Vec<u32>,
}

/// Compares the leases with the plan.
pub(super) fn decide(view: &LeaseView<'_>) -> LeaseChanges {
    let plan = plan(view.members, view.owners.len());
    let mut changes = LeaseChanges::default();
    for (index, owner) in view.owners.iter().enumerate() {
        let shard = index as u32;
        let held = view.held.contains(&shard);
        let preferred = plan.get(index).map(|&member| view.members[member].as_str());
        let mine = preferred == Some(view.me);
        match owner.as_deref() {
            Some(owner) if owner != view.me && held => changes.lost.push(shard),
            Some(owner) if owner != view.me => {}
            Some(_) if preferred.is_some() && !mine => changes.release.push(shard),
            Some(_) if held => {}
            Some(_) if mine => changes.claim.push(shard),
            Some(_) => {}
            None if held || (mine && !view.after_outage) => changes.claim.push(shard),
            None => {}
        }
    }
    changes
}

/// The member that should hold each shard: the one with the highest random weight (rendezvous hashing,
/// Thaler and Ravishankar 1998) among those that have not got their fair share yet. Empty without members.
fn plan(members: &[String], shards: usize) -> Vec<usize> {
    if members.is_empty() {
        return Vec::new();
    }
    let hashes: Vec<u64> = members.iter().map(|member| fnv1a(member.as_bytes())).collect();
    let fair_share = shards.div_ceil(members.len());
    let mut shares = vec![0; members.len()];
    (0..shards)
        .map(|shard| {
            let best = (0..members.len())
                .filter(|&member| shares[member] < fair_share)
                .max_by_key(|&member| (mix(hashes[member] ^ mix(shard as u64)), &members[member]))
                .unwrap_or(0);
            shares[best] += 1;
            best
        })
        .collect()
}

/// FNV-1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of SplitMix64.
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHARDS: usize = 256;

    fn names(pods: usize) -> Vec<String> {
        (0..pods).map(|pod| format!("pinger-{pod}")).collect()
    }

    /// Pods that act on the same leases in turns, as Redis would serialise them.
    struct Cluster {
        owners: Vec<Option<String>>,
        held: Vec<BTreeSet<u32>>,
    }

    impl Cluster {
        fn new(pods: usize) -> Self {
            Self {
                owners: vec![None; SHARDS],
                held: vec![BTreeSet::new(); pods],
            }
        }

        fn tick(&mut self, pod: usize, members: &[String]) -> usize {
            let me = format!("pinger-{pod}");
            let changes = decide(&LeaseView {
                me: &me,
                members,
                owners: &self.owners,
                held: &self.held[pod],
                after_outage: false,
            });
            for &shard in &changes.claim {
                let owner = &mut self.owners[shard as usize];
                if owner.as_ref().is_none_or(|owner| *owner == me) {
                    *owner = Some(me.clone());
                    self.held[pod].insert(shard);
                }
            }
            for &shard in &changes.release {
                self.held[pod].remove(&shard);
                self.owners[shard as usize] = None;
            }
            for &shard in &changes.lost {
                self.held[pod].remove(&shard);
            }
            changes.claim.len() + changes.release.len() + changes.lost.len()
        }

        fn die(&mut self, pod: usize) {
            let me = format!("pinger-{pod}");
            self.held[pod].clear();
            for owner in &mut self.owners {
                if owner.as_ref() == Some(&me) {
                    *owner = None;
                }
            }
        }

        fn assert_fair(&self, live: &[usize]) {
            let share = SHARDS.div_ceil(live.len());
            let total: usize = live.iter().map(|&pod| self.held[pod].len()).sum();
            assert_eq!(total, SHARDS);
            assert!(live.iter().all(|&pod| self.held[pod].len() <= share));
        }
    }

    #[test]
    fn one_pod_takes_everything_at_once() {
        let mut cluster = Cluster::new(1);
        cluster.tick(0, &names(1));
        cluster.assert_fair(&[0]);
    }

    #[test]
    fn a_joining_pod_moves_few_shards_and_a_dying_one_only_its_own() {
        let three = plan(&names(3), SHARDS);
        let four = plan(&names(4), SHARDS);
        let moved = (0..SHARDS)
            .filter(|&s| four[s] != 3 && four[s] != three[s])
            .count();
        assert!(moved <= SHARDS / 10, "{moved} moved between pods that stay");
        assert_eq!(four.iter().filter(|&&pod| pod == 3).count(), SHARDS / 4);
    }

    #[test]
    fn a_pod_that_may_not_hold_leases_hands_over_only_where_others_live() {
        let owners = vec![Some("a".to_owned()); 4];
        let held: BTreeSet<u32> = (0..4).collect();
        let view = |members| {
            decide(&LeaseView {
                me: "a",
                members,
                owners: &owners,
                held: &held,
                after_outage: false,
            })
        };
        assert_eq!(view(&[]), LeaseChanges::default());
        assert_eq!(view(&["b".to_owned()]).release, [0, 1, 2, 3]);
    }

    #[test]
    fn after_an_outage_only_what_was_held_is_claimed() {
        let held = BTreeSet::from([1]);
        let changes = decide(&LeaseView {
            me: "a",
            members: &["a".to_owned()],
            owners: &[None, None, Some("b".to_owned())],
            held: &held,
            after_outage: true,
        });
        assert_eq!(changes.claim, [1]);
    }

    proptest! {
        /// Whatever the order in which pods come, go and act: once membership is stable, a few rounds lead
        /// to fair shares, and at no time do two pods hold a shard.
        #[test]
        fn pods_settle_on_fair_shares(steps in prop::collection::vec((0usize..5, 0u8..4), 1..60)) {
            let mut cluster = Cluster::new(5);
            let mut live = BTreeSet::from([0]);
            for (pod, what) in steps {
                match what {
                    0 => { live.insert(pod); }
                    1 if live.len() > 1 => { live.remove(&pod); cluster.die(pod); }
                    _ => {}
                }
                let members: Vec<_> = live.iter().map(|pod| format!("pinger-{pod}")).collect();
                if live.contains(&pod) {
                    cluster.tick(pod, &members);
                }
                for shard in 0..SHARDS as u32 {
                    prop_assert!(cluster.held.iter().filter(|held| held.contains(&shard)).count() <= 1);
                }
            }
            let members: Vec<_> = live.iter().map(|pod| format!("pinger-{pod}")).collect();
            let round = |cluster: &mut Cluster| live.iter().map(|&pod| cluster.tick(pod, &members)).sum::<usize>();
            round(&mut cluster);
            round(&mut cluster);
            prop_assert_eq!(round(&mut cluster), 0);
            cluster.assert_fair(&live.iter().copied().collect::<Vec<_>>());
        }
    }
}
