//! What a reason may tell of our own network. With public targets its users are strangers, who learn no inner addresses
//! and names. Pure.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::ErrorCode;
use shared::guard::{TargetGuard, Targets};

use crate::error::ProbeError;

/// Top-level names that the internet does not have (RFC 6761 and 6762, RFC 9476, ICANN), but own networks do.
const INNER_NAMES: [&str; 13] = [
    "alt",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// The failure of a target that the guard refuses.
pub(super) fn blocked(guard: &TargetGuard, address: IpAddr) -> ProbeError {
    let message = if guard.shows(address) {
        format!("Address {address} is not allowed")
    } else {
        "Address is not allowed: it is not of the public internet".to_owned()
    };
    ProbeError::target(ErrorCode::BlockedTarget, message)
}

/// An address in a reason.
pub(super) struct ShownAddress<T> {
    address: T,
    is_shown: bool,
}

impl<T> ShownAddress<T> {
    /// `address` is that of `ip`, perhaps with a port.
    pub(super) fn new(guard: &TargetGuard, ip: IpAddr, address: T) -> Self {
        Self {
            address,
            is_shown: guard.shows(ip),
        }
    }
}

impl<T: fmt::Display> fmt::Display for ShownAddress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_shown {
            self.address.fmt(f)
        } else {
            f.write_str("an inner address")
        }
    }
}

/// The records of a name, as a reason tells them; `None` where it tells none, because the name is not of the internet.
pub(super) fn records(
    guard: &TargetGuard,
    name: &str,
    answers: &[String],
    of_system: bool,
) -> Option<String> {
    if of_system && guard.targets() == Targets::Public && is_inner(guard, name) {
        return None;
    }
    let shown = |answer: &String| match answer.parse() {
        Ok(address) if !guard.shows(address) => "an inner address".to_owned(),
        _ => answer.clone(),
    };
    Some(answers.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// Whether a name can only be one of our own network, or is of an address that is not shown.
fn is_inner(guard: &TargetGuard, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let Some((rest, last)) = name.rsplit_once('.') else {
        return true;
    };
    match last {
        "arpa" => match rest.rsplit_once('.') {
            Some((labels, "in-addr")) => reversed_v4(labels).is_none_or(|address| !guard.shows(address)),
            Some((labels, "ip6")) => reversed_v6(labels).is_none_or(|address| !guard.shows(address)),
            Some((_, "home")) => true,
            _ => rest == "home",
        },
        last => INNER_NAMES.contains(&last),
    }
}

fn reversed_v4(labels: &str) -> Option<IpAddr> {
    let octets: Vec<u8> = labels
        .rsplit('.')
        .map(str::parse::<u8>)
        .collect::<Result<_, _>>()
        .ok()?;
    <[u8; 4]>::try_from(octets)
        .ok()
        .map(|octets| Ipv4Addr::from(octets).into())
}

fn reversed_v6(labels: &str) -> Option<IpAddr> {
    let digits: String = labels.rsplit('.').collect();
    let address = u128::from_str_radix(&digits, 16).ok()?;
    (digits.len() == 32 && labels.len() == 63).then(|| Ipv6Addr::from(address).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(targets: Targets) -> TargetGuard {
        TargetGuard::new(targets, Vec::new(), Vec::new())
    }

    fn message(guard: &TargetGuard, address: &str) -> String {
        match blocked(guard, address.parse().unwrap()) {
            ProbeError::Target(failure) => failure.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refused_address_is_told_to_whom_the_network_belongs_only() {
        let inner = "10.0.0.1";
        assert_eq!(
            message(&guard(Targets::Public), inner),
            "Address is not allowed: it is not of the public internet"
        );
        assert_eq!(
            message(&guard(Targets::Any), "169.254.169.254"),
            "Address 169.254.169.254 is not allowed"
        );
        assert_eq!(
            message(&guard(Targets::Public), "8.8.8.8"),
            "Address 8.8.8.8 is not allowed"
        );
    }

    #[test]
    fn records_of_our_own_network_are_not_told_to_strangers() {
        let (public, any) = (guard(Targets::Public), guard(Targets::Any));
        let answers = [
            "8.8.8.8".to_owned(),
            "10.0.0.1".to_owned(),
            "::ffff:10.0.0.1".to_owned(),
        ];
        assert_eq!(
            records(&public, "a.example.org", &answers, true).unwrap(),
            "8.8.8.8, an inner address, an inner address"
        );
        assert_eq!(
            records(&any, "a.example.org", &answers, true).unwrap(),
            "8.8.8.8, 10.0.0.1, ::ffff:10.0.0.1"
        );
        let names = ["0 5 6379 redis.uptime.svc.cluster.local.".to_owned()];
        let (loopback, google) = (
            format!("1.{}ip6.arpa", "0.".repeat(31)),
            format!("{}8.4.0.6.8.4.1.0.0.2.ip6.arpa", "0.".repeat(22)),
        );
        for name in [
            "_redis._tcp.redis.uptime.svc.cluster.local",
            "redis",
            "vault.internal.",
            "1.0.0.10.in-addr.arpa",
            "10.in-addr.arpa",
            "router.home.arpa",
            &loopback,
        ] {
            assert_eq!(records(&public, name, &names, true), None, "{name}");
            assert!(records(&any, name, &names, true).is_some(), "{name}");
            assert!(
                records(&public, name, &names, false).is_some(),
                "{name}: a name server of the internet"
            );
        }
        for name in ["example.org", "8.8.8.8.in-addr.arpa", &google] {
            assert!(records(&public, name, &names, true).is_some(), "{name}");
        }
    }
}
