//! Batches that carry the data of several tenants, or many items of one. Each item is read by itself: one that
//! cannot be read, because it is from another version or damaged, is left out and counted.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Items left out, by `what` they are.
const LEFT_OUT: &str = "uptime_unreadable_items_total";

/// Items of a batch, not yet read.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Items<'a>(#[serde(borrow)] Vec<&'a RawValue>);

impl Items<'_> {
    /// Those that can be read; the others are counted as a `what` that was left out.
    pub fn read<T: DeserializeOwned>(&self, what: &'static str) -> Vec<T> {
        let items = self.0.iter().map(|item| one(item.get().as_bytes(), what));
        items.flatten().collect()
    }
}

/// A single item; one that cannot be read is counted as a `what` that was left out.
pub fn one<T: DeserializeOwned>(json: &[u8], what: &'static str) -> Option<T> {
    serde_json::from_slice(json)
        .inspect_err(|error| {
            // Every item of ours that is known by an id calls it so.
            #[derive(Deserialize)]
            struct Known {
                id: i64,
            }
            let known: Option<Known> = serde_json::from_slice(json).ok();
            left_out(what, known.map(|known| known.id), &describe(error));
        })
        .ok()
}

/// Counts an item that was left out of a batch, and says which and why.
pub fn left_out(what: &'static str, id: Option<i64>, why: &str) {
    metrics::counter!(LEFT_OUT, "what" => what).increment(1);
    tracing::warn!(what, id, why, "an item cannot be read and is left out");
}

/// Why JSON cannot be read, without a word of it: it may hold a secret.
pub fn describe(error: &serde_json::Error) -> String {
    format!(
        "{:?} error at line {}, column {}",
        error.classify(),
        error.line(),
        error.column()
    )
}

/// Describes the metric to the recorder.
pub(crate) fn describe_metric() {
    metrics::describe_counter!(
        LEFT_OUT,
        "Items of a batch that could not be read and were left out, each time that they were met"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_cannot_be_read_does_not_spoil_the_others() {
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let json = format!(r#"[1, {deep}, "x", {{"id": 7, "n": null}}, 2]"#);
        let items: Items<'_> = serde_json::from_slice(json.as_bytes()).unwrap();
        assert_eq!(items.read::<i64>("number"), [1, 2]);
    }

    #[test]
    fn why_it_cannot_be_read_tells_nothing_of_it() {
        let error = serde_json::from_str::<i64>("\"hunter2\"").unwrap_err();
        assert_eq!(describe(&error), "Data error at line 1, column 9");
    }
}
