//! What the product's processes wrote, as a log collector reads it.

use serde_json::Value;

use crate::Cluster;

/// The lines of every running process: each one a JSON object that names its service.
///
/// # Panics
/// When one of them is something else.
pub fn lines(cluster: &Cluster) -> Vec<Value> {
    let mut all = Vec::new();
    for (service, text) in cluster.logs() {
        // The last line may still be being written.
        let (complete, _) = text.rsplit_once('\n').unwrap_or_default();
        for line in complete.lines() {
            let value: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{service} wrote no JSON: {error}: {line}"));
            for name in ["timestamp", "level", "message", "target"] {
                assert!(value[name].is_string(), "{service}: no {name} in {line}");
            }
            assert_eq!(value["service"], service, "{line}");
            all.push(value);
        }
    }
    all
}

/// Asserts that none of the secrets, each with what it is, was written by any process.
///
/// # Panics
/// When one of them was.
pub fn hold_none_of(cluster: &Cluster, secrets: &[(&str, String)]) {
    for (service, text) in cluster.logs() {
        for (what, secret) in secrets {
            assert!(secret.len() >= 8, "{what} is too short to be looked for");
            let line = text.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{service} wrote {what}: {line:?}");
        }
    }
}
