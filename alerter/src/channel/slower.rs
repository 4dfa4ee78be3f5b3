//! What messages say of monitors whose response times are slower than usual: that they are up, and what was expected.

use domain::baseline::Anomaly;

pub(super) fn headline(name: &str) -> String {
    format!("🟡 Slower than usual: {name}")
}

pub(super) fn end_headline(name: &str, lasted: &str) -> String {
    format!("✅ As fast as usual again: {name} (slower for {lasted})")
}

pub(super) fn reasons(anomaly: Anomaly) -> Vec<String> {
    let Anomaly {
        expected_ms,
        observed_ms,
        ..
    } = anomaly;
    vec![format!(
        "Up, but responding in {observed_ms} ms, where {expected_ms} ms are usual at this time."
    )]
}

pub(super) fn end_reasons() -> Vec<String> {
    vec!["Response times are as usual again.".to_owned()]
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn it_is_said_what_was_expected() {
        let anomaly = Anomaly {
            since: Timestamp::from_millis(0),
            expected_ms: 120,
            observed_ms: 900,
        };
        assert_eq!(headline("Shop"), "🟡 Slower than usual: Shop");
        assert_eq!(
            reasons(anomaly),
            ["Up, but responding in 900 ms, where 120 ms are usual at this time."]
        );
    }
}
