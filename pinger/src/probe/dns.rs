//! A DNS check: a query to a name server, never answered from the cache.

use domain::ErrorCode;
use domain::monitor::DnsProbe;

use super::network::Network;
use super::text::quoted;
use super::trace::{Phase, Trace};
use crate::error::ProbeError;

pub(super) async fn probe(network: &Network, probe: &DnsProbe, trace: &mut Trace) -> Result<(), ProbeError> {
    let resolver = probe.resolver.map(|server| server.0);
    if let Some(resolver) = resolver
        && !network.guard.permits(resolver.ip())
    {
        return Err(ProbeError::target(
            ErrorCode::BlockedTarget,
            format!("Name server {resolver} is not allowed"),
        ));
    }
    trace.enter(Phase::Dns);
    let answers = network
        .resolver
        .query(&probe.host, probe.record_type, resolver)
        .await?;
    trace.finish();
    let normal: Vec<String> = answers.iter().map(|answer| normalized(answer)).collect();
    for expected in &probe.expected {
        if !normal.contains(&normalized(expected)) {
            return Err(ProbeError::target(
                ErrorCode::DnsMismatch,
                format!(
                    "Expected record {:?} not found in the {} records: {}",
                    quoted(expected),
                    probe.record_type.as_str(),
                    quoted(&answers.join(", "))
                ),
            ));
        }
    }
    Ok(())
}

/// Names are compared without regard to case and to the dot of the root, texts without their quotes.
fn normalized(text: &str) -> String {
    let text = text.trim().trim_matches('"');
    text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_as_dns_does() {
        for (one, other) in [
            ("10 Mail.Example.ORG.", "10 mail.example.org"),
            ("\"v=spf1 -all\"", "v=spf1 -all"),
        ] {
            assert_eq!(normalized(one), normalized(other));
        }
    }
}
