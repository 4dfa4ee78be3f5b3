//! The addresses of a host that are yet to be tried, in their order. Pure.

use std::collections::VecDeque;
use std::net::IpAddr;

/// The most addresses of a host that are tried: far more than a site has.
const MAX_ADDRESSES: usize = 64;

/// Addresses that are yet to be tried. IPv4 and IPv6 alternate, so that an unreachable family costs one delay; IPv4
/// comes first.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    v4: VecDeque<IpAddr>,
    v6: VecDeque<IpAddr>,
    last_was_v4: bool,
    admitted: usize,
}

impl Candidates {
    pub(super) fn add(&mut self, address: IpAddr) {
        if self.admitted == MAX_ADDRESSES {
            return;
        }
        self.admitted += 1;
        match address {
            IpAddr::V4(_) => self.v4.push_back(address),
            IpAddr::V6(_) => self.v6.push_back(address),
        }
    }

    /// Takes the address that is tried next.
    pub(super) fn next(&mut self) -> Option<IpAddr> {
        let v4_first = !self.last_was_v4;
        let address = if v4_first {
            self.v4.pop_front().or_else(|| self.v6.pop_front())
        } else {
            self.v6.pop_front().or_else(|| self.v4.pop_front())
        };
        self.last_was_v4 = address.is_some_and(|address| address.is_ipv4());
        address
    }

    pub(super) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(candidates: &mut Candidates) -> Vec<String> {
        std::iter::from_fn(|| candidates.next())
            .map(|address| address.to_string())
            .collect()
    }

    #[test]
    fn families_alternate_also_when_one_comes_later() {
        let mut candidates = Candidates::default();
        let mut add = |address: &str| candidates.add(address.parse().unwrap());
        ["1.1.1.1", "1.1.1.2", "::1", "1.1.1.3"]
            .iter()
            .for_each(|address| add(address));
        assert_eq!(rest(&mut candidates), ["1.1.1.1", "::1", "1.1.1.2", "1.1.1.3"]);

        let mut candidates = Candidates::default();
        candidates.add("::1".parse().unwrap());
        candidates.add("::2".parse().unwrap());
        assert_eq!(candidates.next(), Some("::1".parse().unwrap()));
        candidates.add("1.1.1.1".parse().unwrap());
        assert_eq!(rest(&mut candidates), ["1.1.1.1", "::2"]);
    }

    #[test]
    fn eight_addresses_are_all_tried_and_a_flood_of_them_is_not() {
        let admitted = |count: u32| {
            let mut candidates = Candidates::default();
            for address in 0..count {
                candidates.add(IpAddr::V4(address.into()));
            }
            rest(&mut candidates).len()
        };
        assert_eq!(admitted(8), 8);
        assert_eq!(admitted(4_000), MAX_ADDRESSES);
    }
}
