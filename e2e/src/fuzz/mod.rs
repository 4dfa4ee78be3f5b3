//! Requests for every operation of the API, made from its document: some as a client should send them, most with one or
//! several things wrong.

mod answers;
mod body;
mod head;
mod known;
mod odd;
mod samples;
mod schema;
mod sender;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use hyper::body::Bytes;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

pub use answers::{Answer, fault};
pub use known::Known;
pub use samples::PASSWORD;
pub use sender::Sender;

/// What would take away by what the sender is known; each is tested by itself.
pub const ENDS_THE_SENDER: [&str; 4] = ["ChangePassword", "ChangeEmail", "EndSession", "EndAllSessions"];

/// Makes requests; the same ones for the same seed and the same answers.
#[derive(Debug)]
pub struct Fuzzer {
    dice: StdRng,
    operations: Vec<api::Listed>,
    next: usize,
}

/// A request that was made up.
#[derive(Clone, Debug)]
pub struct Made {
    /// The operation that it is meant for.
    pub operation: api::Listed,
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What is wrong with it; nothing when it is as it should be.
    pub wrong: Vec<&'static str>,
}

impl Fuzzer {
    /// One with its own dice.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: StdRng::seed_from_u64(seed),
            operations: api::operations()
                .into_iter()
                .filter(|operation| !ENDS_THE_SENDER.contains(&operation.id))
                .collect(),
            next: 0,
        }
    }

    /// The next request, of somebody who knows so much. The operations take turns.
    pub fn make(&mut self, known: &Known) -> Made {
        let operation = self.operations[self.next % self.operations.len()];
        self.next += 1;
        let dice = &mut self.dice;
        let mut made = Made {
            operation,
            method: method(operation.method.as_str()),
            path: head::path(dice, operation, known),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            wrong: Vec::new(),
        };
        head::identify(dice, &mut made, known);
        if let Some(sample) = samples::body(dice, operation.id, known) {
            made.set("content-type", b"application/json");
            made.body = sample.to_string().into();
        }
        let faults = *[0, 1, 1, 1, 2, 3].choose(dice).unwrap_or(&1);
        for _ in 0..faults {
            let wrong = match dice.random_range(0..10) {
                0..=5 if !made.body.is_empty() => body::spoil(dice, &mut made),
                0..=2 => head::spoil_path(dice, &mut made),
                3..=6 => head::spoil_query(dice, &mut made, known),
                _ => head::spoil_headers(dice, &mut made),
            };
            made.wrong.push(wrong);
        }
        made
    }
}

/// The body that a client sends to an operation which makes no mistake, always the same one; none is known of an
/// operation without a body, or without a sample.
pub fn sample(operation: &str, known: &Known) -> Option<serde_json::Value> {
    samples::body(&mut StdRng::seed_from_u64(1), operation, known)
}

impl Made {
    fn set(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            self.headers.insert(name, value);
        }
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            self.headers.append(name, value);
        }
    }
}

fn method(name: &str) -> Method {
    Method::from_bytes(name.as_bytes()).unwrap_or_default()
}
