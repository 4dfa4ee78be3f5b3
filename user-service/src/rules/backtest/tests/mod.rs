use api::{BacktestCandidate, BacktestInput};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use serde_json::{Value, json};

use super::Request;

mod heartbeats;
mod outcomes;
mod regions;
mod requests;
mod trials;

const NOW: &str = "2026-12-01T12:00:00.000Z";
const MONITOR: MonitorId = MonitorId(7);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(input: Value) -> Result<Request, Vec<String>> {
    let input: BacktestInput = serde_json::from_value(input).unwrap();
    Request::read(input, at(NOW), None).map_err(fields)
}

fn fields(wrong: Vec<FieldError>) -> Vec<String> {
    wrong.into_iter().map(|error| error.field).collect()
}

fn candidate(fields: Value) -> BacktestCandidate {
    let request = read(json!({"candidates": [fields]})).unwrap();
    request.candidates.into_iter().next().unwrap()
}
