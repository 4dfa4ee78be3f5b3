//! What the embedded log counts.

use metrics::{counter, describe_counter, describe_gauge, gauge};

const BYTES: &str = "uptime_embedded_log_bytes";
const LIMIT: &str = "uptime_embedded_log_limit_bytes";
const LOST: &str = "uptime_embedded_log_lost_records_total";
const UNREADABLE: &str = "uptime_embedded_log_unreadable_bytes_total";
const WRITE_FAILURES: &str = "uptime_embedded_log_write_failures_total";

pub(crate) fn describe(limit: u64) {
    describe_gauge!(BYTES, "size of the embedded log on disk");
    describe_gauge!(
        LIMIT,
        "the size at which the embedded log drops its oldest results"
    );
    describe_counter!(
        LOST,
        "records that the embedded log dropped at its limit before a consumer group had done them"
    );
    describe_counter!(
        UNREADABLE,
        "bytes of the embedded log that could not be read at a start"
    );
    describe_counter!(
        WRITE_FAILURES,
        "writes that the embedded log refused: by its disk, or because it is full of states of alerts"
    );
    gauge!(LIMIT).set(limit as f64);
    counter!(UNREADABLE).increment(0);
    counter!(WRITE_FAILURES).increment(0);
}

pub(crate) fn size(bytes: u64) {
    gauge!(BYTES).set(bytes as f64);
}

pub(crate) fn lost(topic: &str, group: &str, records: u64) {
    counter!(LOST, "topic" => topic.to_owned(), "consumer_group" => group.to_owned()).increment(records);
}

pub(crate) fn unreadable(bytes: u64) {
    counter!(UNREADABLE).increment(bytes);
}

pub(crate) fn write_failed() {
    counter!(WRITE_FAILURES).increment(1);
}
