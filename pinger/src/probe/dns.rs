//! A DNS check: a query to a name server, never answered from the cache.

use std::net::IpAddr;

use domain::ErrorCode;
use domain::monitor::{DnsProbe, RecordType};

use super::disclosure;
use super::network::Network;
use super::text::quoted;
use super::trace::{Phase, Trace};
use crate::error::ProbeError;

pub(super) async fn probe(network: &Network, probe: &DnsProbe, trace: &mut Trace) -> Result<(), ProbeError> {
    let resolver = probe.resolver.map(|server| server.0);
    if let Some(resolver) = resolver
        && !network.guard.permits(resolver.ip())
    {
        return Err(disclosure::blocked(&network.guard, resolver.ip()));
    }
    match resolver {
        None => trace.look_up(&probe.host),
        Some(_) => trace.enter(Phase::Dns),
    }
    let answers = network
        .resolver
        .query(&probe.host, probe.record_type, resolver)
        .await?;
    trace.finish();
    let normal: Vec<String> = answers
        .iter()
        .map(|answer| normalized(probe.record_type, answer))
        .collect();
    for expected in &probe.expected {
        if !normal.contains(&normalized(probe.record_type, expected)) {
            let shown = disclosure::records(&network.guard, &probe.host, &answers, resolver.is_none());
            let mut message = format!(
                "Expected record {:?} not found in the {} records",
                quoted(expected),
                probe.record_type.as_str()
            );
            if let Some(shown) = shown {
                message.push_str(": ");
                message.push_str(quoted(&shown));
            }
            return Err(ProbeError::target(ErrorCode::DnsMismatch, message));
        }
    }
    Ok(())
}

/// A record in the one form in which it is compared.
fn normalized(record_type: RecordType, text: &str) -> String {
    let text = text.trim();
    match record_type {
        // An address may be written in several ways.
        RecordType::A | RecordType::Aaaa => text
            .parse::<IpAddr>()
            .map_or_else(|_| text.to_owned(), |ip| ip.to_string()),
        // Tokens are told apart by their case.
        RecordType::Txt => unquoted(text).unwrap_or_else(|| text.to_owned()),
        RecordType::Caa => words(text, |word| word.trim_matches('"').to_ascii_lowercase()),
        RecordType::Cname
        | RecordType::Mx
        | RecordType::Ns
        | RecordType::Ptr
        | RecordType::Soa
        | RecordType::Srv => words(text, name),
    }
}

fn words(text: &str, normal: impl Fn(&str) -> String) -> String {
    text.split_whitespace().map(normal).collect::<Vec<_>>().join(" ")
}

/// A name without regard to case, to the dot of the root, and to how it is encoded.
fn name(word: &str) -> String {
    let name = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    if name.is_ascii() {
        return name;
    }
    url::Host::parse(&name).map_or(name, |host| host.to_string())
}

/// The text of strings as a zone file has them, such as `"v=spf1 " "-all"`: the strings of a record are one text.
/// `None` when it does not consist of such strings.
fn unquoted(text: &str) -> Option<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut bytes = rest.strip_prefix('"')?.bytes().enumerate();
        let end = loop {
            match bytes.next()? {
                (at, b'"') => break at,
                (_, b'\\') => all.push(escaped(&mut bytes)?),
                (_, byte) => all.push(byte),
            }
        };
        rest = rest[end + 2..].trim_start();
    }
    String::from_utf8(all).ok()
}

/// What follows a backslash: three decimal digits of a byte, or the character itself.
fn escaped(bytes: &mut impl Iterator<Item = (usize, u8)>) -> Option<u8> {
    let (_, first) = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?.1, bytes.next()?.1];
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(record_type: RecordType, one: &str, other: &str) -> bool {
        normalized(record_type, one) == normalized(record_type, other)
    }

    #[test]
    fn records_are_the_same_however_they_are_written() {
        for (record_type, one, other) in [
            (RecordType::Mx, "10 Mail.Example.ORG.", "10  mail.example.org"),
            (
                RecordType::Ns,
                "ns.b\u{fc}cher.example.",
                "ns.xn--bcher-kva.example",
            ),
            (
                RecordType::Srv,
                "0 5 5060 sip.example.org.",
                "0 5 5060 SIP.example.org",
            ),
            (
                RecordType::Caa,
                "0 issue \"letsencrypt.org\"",
                "0 issue letsencrypt.org",
            ),
            (RecordType::Aaaa, "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
            (RecordType::A, " 192.0.2.7", "192.0.2.7"),
            (RecordType::Txt, "\"v=spf1 -all\"", "v=spf1 -all"),
            (RecordType::Txt, "\"v=spf1 \"\t \"-all\"", "v=spf1 -all"),
            (RecordType::Txt, "\"a\" \"b\"", "ab"),
            (
                RecordType::Txt,
                "\"say \\\"hi\\\" \\195\\169\"",
                "say \"hi\" \u{e9}",
            ),
        ] {
            assert!(same(record_type, one, other), "{one} and {other}");
        }
    }

    #[test]
    fn records_that_differ_are_told_apart() {
        for (record_type, one, other) in [
            (RecordType::Txt, "token=AbC", "token=abc"),
            (RecordType::Txt, "\"a\" b", "ab"),
            (RecordType::Txt, "\"a", "a"),
            (RecordType::Mx, "10 mail.example.org", "20 mail.example.org"),
            (RecordType::A, "192.0.2.7", "192.0.2.70"),
        ] {
            assert!(!same(record_type, one, other), "{one} and {other}");
        }
    }
}
