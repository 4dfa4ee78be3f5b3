//! A rate limit for each network from which requests come.

use std::time::Duration;

use shared::http::client_address::{AddressPrefix, SitePrefix};

use super::bucket::Verdict;
use super::exchange::Exchange;
use super::keyed::Keyed;

/// How many times as much a /48 network of IPv6 may ask for as one address: it is one customer of a provider, or a
/// company, and holds 65,536 networks that would each have a limit of its own.
const PER_SITE: u32 = 10;

/// So many times in a period for each address, and for each /48 network.
pub(super) struct PerNetwork {
    addresses: Keyed<AddressPrefix>,
    sites: Keyed<SitePrefix>,
}

impl PerNetwork {
    pub(super) fn new(exchange: &Exchange, what: &'static str, times: u32, period: Duration) -> Self {
        Self {
            addresses: Keyed::new(exchange, what, times, period),
            sites: Keyed::new(exchange, what, times.saturating_mul(PER_SITE), period),
        }
    }

    /// Counts once.
    pub(super) fn count(&self, from: AddressPrefix) -> Verdict {
        let verdict = self.addresses.count(from);
        match from.site() {
            Some(site) if !verdict.is_refusal() => verdict.tighter(self.sites.count(site)),
            _ => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> AddressPrefix {
        AddressPrefix::of(address.parse().unwrap())
    }

    #[test]
    fn a_site_has_ten_times_as_much_as_one_of_its_networks() {
        let limit = PerNetwork::new(&Exchange::alone(), "test", 2, Duration::from_secs(3_600));
        let all = |addresses: &mut dyn Iterator<Item = String>| {
            addresses
                .filter(|address| !limit.count(from(address)).is_refusal())
                .count()
        };
        assert_eq!(all(&mut (0..9).map(|n| format!("2001:db8:1:1::{n}"))), 2);
        assert_eq!(all(&mut (0..1_000).map(|n| format!("2001:db8:1:{n:x}::"))), 18);
        assert_eq!(all(&mut (0..9).map(|n| format!("2001:db8:2:{n:x}::"))), 9);
        assert_eq!(all(&mut (0..100).map(|n| format!("192.0.2.{n}"))), 100);
    }
}
