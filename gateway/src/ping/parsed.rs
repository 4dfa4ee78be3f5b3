//! What Redis says of a heartbeat is read with each ping, so that an edit holds at once. It is parsed anew only when it
//! reads otherwise.

use std::sync::Arc;

use domain::heartbeat::PingTarget;
use moka::sync::Cache;

use super::answer::Refusal;

/// The most that is kept, in bytes: some 60,000 heartbeats with a short schedule. Then those that are pinged least are
/// forgotten.
const KEPT_BYTES: u64 = 48 << 20;

/// About what an entry takes beside its text, in bytes.
const ENTRY_BYTES: usize = 512;

/// What a name means.
#[derive(Clone, Debug)]
pub(super) enum Meant {
    Nothing,
    One(Arc<PingTarget>),
    Several,
}

impl Meant {
    pub(super) fn of(mut targets: Vec<PingTarget>) -> Self {
        match (targets.pop(), targets.is_empty()) {
            (None, _) => Self::Nothing,
            (Some(target), true) => Self::One(Arc::new(target)),
            (Some(_), false) => Self::Several,
        }
    }

    /// # Errors
    /// Not found, or ambiguous.
    pub(super) fn only(&self) -> Result<Arc<PingTarget>, Refusal> {
        match self {
            Self::Nothing => Err(Refusal::NotFound),
            Self::One(target) => Ok(Arc::clone(target)),
            Self::Several => Err(Refusal::Ambiguous),
        }
    }
}

#[derive(Debug)]
struct Text {
    json: String,
    meant: Meant,
}

/// What was read last of each key, and what it means.
pub(super) struct Parsed(Cache<String, Arc<Text>>);

impl Default for Parsed {
    fn default() -> Self {
        Self::of_bytes(KEPT_BYTES)
    }
}

impl Parsed {
    fn of_bytes(bytes: u64) -> Self {
        let weigh = |key: &String, text: &Arc<Text>| {
            u32::try_from(ENTRY_BYTES + key.len() + text.json.len()).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(bytes).build())
    }

    /// What `json` means, which was read of `key`: by `parse`, unless it read the same the last time.
    pub(super) fn of(
        &self,
        key: String,
        json: String,
        parse: impl FnOnce(&str) -> serde_json::Result<Vec<PingTarget>>,
    ) -> serde_json::Result<Meant> {
        if let Some(last) = self.0.get(&key).filter(|last| last.json == json) {
            return Ok(last.meant.clone());
        }
        let meant = Meant::of(parse(&json)?);
        let text = Text {
            json,
            meant: meant.clone(),
        };
        self.0.insert(key, Arc::new(text));
        Ok(meant)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(monitor: i64, url: &str) -> String {
        json!({
            "monitor_id": monitor, "org_id": 1, "url": url,
            "expectation": {"schedule": {"kind": "period", "period_seconds": 60}, "grace_seconds": 60},
        })
        .to_string()
    }

    fn one(json: &str) -> serde_json::Result<Vec<PingTarget>> {
        serde_json::from_str(json).map(|target| vec![target])
    }

    fn never(json: &str) -> serde_json::Result<Vec<PingTarget>> {
        unreachable!("{json} is parsed again")
    }

    #[test]
    fn what_reads_the_same_is_parsed_once_and_an_edit_anew() {
        let parsed = Parsed::default();
        let (before, after) = (text(1, "heartbeat://old"), text(1, "heartbeat://new"));
        let first = parsed.of("a".to_owned(), before.clone(), one).unwrap();
        let again = parsed.of("a".to_owned(), before.clone(), never).unwrap();
        assert!(Arc::ptr_eq(&first.only().unwrap(), &again.only().unwrap()));
        let edited = parsed.of("a".to_owned(), after.clone(), one).unwrap();
        assert_eq!(edited.only().unwrap().url, "heartbeat://new");
        // The latest one is kept, and no other.
        parsed.of("a".to_owned(), after, never).unwrap();
        let back = parsed.of("a".to_owned(), before, one).unwrap();
        assert_eq!(back.only().unwrap().url, "heartbeat://old");
    }

    #[test]
    fn each_key_has_its_own() {
        let parsed = Parsed::default();
        parsed.of("a".to_owned(), text(1, "heartbeat://a"), one).unwrap();
        let other = parsed.of("b".to_owned(), text(2, "heartbeat://b"), one).unwrap();
        assert_eq!(other.only().unwrap().monitor_id.0, 2);
        let first = parsed
            .of("a".to_owned(), text(1, "heartbeat://a"), never)
            .unwrap();
        assert_eq!(first.only().unwrap().monitor_id.0, 1);
    }

    #[test]
    fn what_cannot_be_parsed_changes_nothing() {
        let parsed = Parsed::default();
        parsed.of("a".to_owned(), text(1, "heartbeat://a"), one).unwrap();
        assert!(parsed.of("a".to_owned(), "[".to_owned(), one).is_err());
        parsed
            .of("a".to_owned(), text(1, "heartbeat://a"), never)
            .unwrap();
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let parsed = Parsed::of_bytes(10 * 1_024);
        for monitor in 0..200 {
            parsed
                .of(monitor.to_string(), text(monitor, "heartbeat://job"), one)
                .unwrap();
        }
        parsed.0.run_pending_tasks();
        assert!(parsed.0.weighted_size() <= 10 * 1_024);
        let long = "x".repeat(20 * 1_024);
        for _ in 0..2 {
            let read = parsed.of("long".to_owned(), text(1, &long), one).unwrap();
            assert_eq!(read.only().unwrap().url, long);
            parsed.0.run_pending_tasks();
        }
        assert!(!parsed.0.contains_key("long"));
    }

    #[test]
    fn a_name_of_none_and_of_several_means_nobody_in_particular() {
        assert!(matches!(Meant::of(vec![]).only(), Err(Refusal::NotFound)));
        let target = one(&text(1, "heartbeat://a")).unwrap().remove(0);
        let several = Meant::of(vec![target.clone(), target]);
        assert!(matches!(several.only(), Err(Refusal::Ambiguous)));
    }
}
