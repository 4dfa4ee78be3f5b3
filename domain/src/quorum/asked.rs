//! What a monitor's settings ask of its quorum, and the quorum that results carry of it.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Needed, Quorum};
use crate::field_error::FieldError;

/// How many of the regions that check a monitor decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuorumInput {
    /// How many regions must find it down: a number, `majority` for more than half of them, or `all` for each one that was
    /// heard of lately; `majority` by default.
    pub down: QuorumDown,
    /// How many regions must have been heard of lately for anything to be decided; as many as must find it down by default,
    /// and more than half of them with `all`.
    #[schema(minimum = 1, maximum = 16)]
    pub min_regions: Option<u8>,
}

/// How many regions must find a monitor down, as its settings say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a number of regions, \"majority\" or \"all\"")]
pub enum QuorumDown {
    /// So many.
    Regions(u8),
    /// As many as the word says.
    Word(QuorumWord),
}

/// How many regions must find a monitor down, without a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuorumWord {
    /// More than half of those that check it.
    Majority,
    /// Each one that was heard of lately.
    All,
}

impl Default for QuorumDown {
    fn default() -> Self {
        Self::Word(QuorumWord::Majority)
    }
}

impl PartialSchema for QuorumDown {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(Quorum::MAX_REGIONS));
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["majority", "all"]));
        OneOfBuilder::new()
            .description(Some("How many regions must find it down."))
            .item(number)
            .item(word)
            .into()
    }
}

impl ToSchema for QuorumDown {}

impl Quorum {
    /// What `asked` makes of `regions`: their names in order, each once, at least two.
    ///
    /// # Errors
    /// The fields that are not valid, below `quorum`.
    pub fn resolve(regions: &[String], asked: QuorumInput) -> Result<Self, Vec<FieldError>> {
        let count = u8::try_from(regions.len()).unwrap_or(u8::MAX);
        let majority = count / 2 + 1;
        let (down, least, usual) = match asked.down {
            QuorumDown::Regions(down) => (Needed::Regions(down), down, down),
            QuorumDown::Word(QuorumWord::Majority) => (Needed::Regions(majority), majority, majority),
            QuorumDown::Word(QuorumWord::All) => (Needed::ALL, 1, majority),
        };
        if !(1..=count).contains(&least) {
            let wrong = format!("must be 1 to {count}, as many regions check it, or majority or all");
            return Err(vec![FieldError::new("quorum.down", wrong)]);
        }
        let min_regions = asked.min_regions.unwrap_or(usual);
        if !(least..=count).contains(&min_regions) {
            let wrong =
                format!("must be {least} to {count}: from as many as must find it down to all of them");
            return Err(vec![FieldError::new("quorum.min_regions", wrong)]);
        }
        let quorum = Self {
            regions: regions.to_vec(),
            down,
            min_regions,
        };
        quorum.valid().ok_or_else(|| {
            let wrong = "needs 2 to 16 regions that decide";
            vec![FieldError::new("quorum", wrong)]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(json: Value) -> QuorumInput {
        serde_json::from_value(json).unwrap()
    }

    fn regions(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("r{index:02}")).collect()
    }

    #[test]
    fn a_word_is_resolved_to_what_decides() {
        for (count, input, down, min_regions) in [
            (2, json!({}), Needed::Regions(2), 2),
            (3, json!({}), Needed::Regions(2), 2),
            (4, json!({}), Needed::Regions(3), 3),
            (5, json!({"down": "majority"}), Needed::Regions(3), 3),
            (16, json!({"down": "majority"}), Needed::Regions(9), 9),
            (3, json!({"min_regions": 3}), Needed::Regions(2), 3),
            (3, json!({"down": 1}), Needed::Regions(1), 1),
            (3, json!({"down": 1, "min_regions": 2}), Needed::Regions(1), 2),
            (3, json!({"down": 3}), Needed::Regions(3), 3),
            (3, json!({"down": "all"}), Needed::ALL, 2),
            (5, json!({"down": "all", "min_regions": null}), Needed::ALL, 3),
            (5, json!({"down": "all", "min_regions": 1}), Needed::ALL, 1),
        ] {
            let quorum = Quorum::resolve(&regions(count), asked(input.clone())).unwrap();
            assert_eq!((quorum.down, quorum.min_regions), (down, min_regions), "{input}");
            assert_eq!(quorum.regions, regions(count));
        }
    }

    #[test]
    fn a_quorum_that_cannot_decide_is_named() {
        for (count, input, field) in [
            (3, json!({"down": 0}), "quorum.down"),
            (3, json!({"down": 4}), "quorum.down"),
            (3, json!({"down": 4, "min_regions": 9}), "quorum.down"),
            (3, json!({"min_regions": 1}), "quorum.min_regions"),
            (3, json!({"down": 2, "min_regions": 4}), "quorum.min_regions"),
            (3, json!({"down": "all", "min_regions": 0}), "quorum.min_regions"),
            (1, json!({}), "quorum"),
            (17, json!({}), "quorum"),
        ] {
            let errors = Quorum::resolve(&regions(count), asked(input.clone())).unwrap_err();
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, [field], "{input}");
        }
        assert!(serde_json::from_value::<QuorumInput>(json!({"down": "most"})).is_err());
        assert!(serde_json::from_value::<QuorumInput>(json!({"up": 1})).is_err());
    }

    #[test]
    fn what_was_asked_is_read_back() {
        for written in [
            r#"{"down":"majority","min_regions":null}"#,
            r#"{"down":"all","min_regions":2}"#,
            r#"{"down":2,"min_regions":3}"#,
        ] {
            let read: QuorumInput = serde_json::from_str(written).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), written);
        }
    }
}
