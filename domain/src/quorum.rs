//! By which regions a monitor is judged, and how many of them must find it down.

mod asked;

pub use self::asked::{QuorumDown, QuorumInput, QuorumWord};

use serde::{Deserialize, Serialize};

/// The regions that check one monitor, and how many of them decide. Results carry it beside the rule, so that every
/// reader of the log folds by the quorum that was in force when the check ran. A monitor that one region checks has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quorum {
    /// The names of the regions, in order and each once.
    pub regions: Vec<String>,
    /// How many regions must find it down.
    pub down: Needed,
    /// How many regions must have been heard of lately for anything to be decided.
    pub min_regions: u8,
}

/// How many regions must find a monitor down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number of regions, or \"all\"")]
pub enum Needed {
    /// So many.
    Regions(u8),
    /// Each one that was heard of lately.
    All(All),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// `all`.
    All,
}

impl Needed {
    /// Each region that was heard of lately.
    pub const ALL: Self = Self::All(All::All);

    /// How many of `fresh` regions that were heard of lately.
    pub fn of(self, fresh: usize) -> usize {
        match self {
            Self::Regions(regions) => usize::from(regions),
            Self::All(_) => fresh,
        }
    }
}

impl Quorum {
    /// The most regions that check one monitor.
    pub const MAX_REGIONS: usize = 16;

    /// The longest name of a region, in bytes.
    pub const MAX_NAME_BYTES: usize = 32;

    /// The quorum, where it can decide: 2 to 16 regions in order, of which 1 ≤ down ≤ min_regions ≤ all. Were fewer
    /// regions enough to be heard of than are needed for an outage, silence would be success.
    pub fn valid(self) -> Option<Self> {
        let count = self.regions.len();
        let is_in_order = self.regions.is_sorted_by(|one, next| one < next);
        let least = match self.down {
            Needed::Regions(down) => down,
            Needed::All(_) => 1,
        };
        let is_valid = (2..=Self::MAX_REGIONS).contains(&count)
            && is_in_order
            && self.regions.iter().all(|name| is_region_name(name))
            && least >= 1
            && (usize::from(least)..=count).contains(&usize::from(self.min_regions));
        is_valid.then_some(self)
    }

    /// Whether a region is one of those that decide.
    pub fn names(&self, region: &str) -> bool {
        self.regions.iter().any(|name| name == region)
    }
}

/// Whether a text is the name of a region: `[a-z0-9][a-z0-9-]{0,31}`.
pub fn is_region_name(text: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= Quorum::MAX_NAME_BYTES
        && text.as_bytes().first().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(&byte) || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum(regions: &[&str], down: Needed, min_regions: u8) -> Quorum {
        Quorum {
            regions: regions.iter().map(|&name| name.to_owned()).collect(),
            down,
            min_regions,
        }
    }

    #[test]
    fn a_quorum_that_cannot_decide_is_none() {
        let two = Needed::Regions(2);
        let three = ["ap", "eu", "us"];
        for (regions, down, min_regions, is_valid) in [
            (&three[..], two, 2, true),
            (&three, two, 3, true),
            (&three, Needed::ALL, 1, true),
            (&three, Needed::Regions(1), 1, true),
            // Up could be said where down cannot.
            (&three, two, 1, false),
            (&three, two, 4, false),
            (&three, Needed::Regions(4), 4, false),
            (&three, Needed::Regions(0), 1, false),
            (&three, Needed::ALL, 0, false),
            (&["eu"], Needed::Regions(1), 1, false),
            (&["eu", "ap"], two, 2, false),
            (&["eu", "eu"], two, 2, false),
            (&["EU", "us"], two, 2, false),
            (&["", "us"], two, 2, false),
            (&["-eu", "us"], two, 2, false),
            (&["eu@x", "us"], two, 2, false),
        ] {
            let quorum = quorum(regions, down, min_regions);
            assert_eq!(quorum.clone().valid().is_some(), is_valid, "{quorum:?}");
        }
        let many: Vec<_> = (10..27).map(|index| format!("r{index}")).collect();
        let of = |count: usize| Quorum {
            regions: many[..count].to_vec(),
            ..quorum(&[], two, 2)
        };
        assert!(of(16).valid().is_some() && of(17).valid().is_none());
        assert!(is_region_name(&"a".repeat(32)) && !is_region_name(&"a".repeat(33)));
    }

    #[test]
    fn down_is_a_number_or_a_word() {
        for (needed, json) in [(Needed::Regions(2), "2"), (Needed::ALL, "\"all\"")] {
            assert_eq!(serde_json::to_string(&needed).unwrap(), json);
            assert_eq!(serde_json::from_str::<Needed>(json).unwrap(), needed);
        }
        assert!(serde_json::from_str::<Needed>("\"majority\"").is_err());
        assert_eq!((Needed::Regions(2).of(3), Needed::ALL.of(3)), (2, 3));
    }
}
