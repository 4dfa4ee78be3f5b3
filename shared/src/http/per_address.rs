//! How many connections one address may have open, so that nobody takes all of a server's.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_address::{AddressPrefix, SitePrefix, TrustedProxies};

/// How many times as many connections a /48 network of IPv6 may have.
const PER_SITE: usize = 8;

/// As whose a connection counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Network(AddressPrefix),
    Site(SitePrefix),
}

/// The open connections of each address. A proxy has those of all its clients, so that it has no limit.
pub struct PerAddress {
    limit: usize,
    proxies: TrustedProxies,
    refused: fn(),
    open: Mutex<HashMap<Holder, usize>>,
}

impl fmt::Debug for PerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerAddress")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl PerAddress {
    /// At most `limit` connections; `refused` is called for each that is one too many.
    pub fn new(limit: usize, proxies: TrustedProxies, refused: fn()) -> Arc<Self> {
        Arc::new(Self {
            limit,
            proxies,
            refused,
            open: Mutex::default(),
        })
    }

    /// Counts a connection until what is answered is dropped.
    ///
    /// # Errors
    /// When its address has as many as it may have.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Option<Entered>, TooMany> {
        if self.proxies.is_proxy(peer) {
            return Ok(None);
        }
        let prefix = AddressPrefix::of(peer);
        let mut open = self.open();
        let count = |holder| open.get(&holder).copied().unwrap_or_default();
        let is_full = holders(prefix).any(|holder| count(holder) >= self.limit_of(holder));
        if is_full {
            drop(open);
            (self.refused)();
            return Err(TooMany);
        }
        for holder in holders(prefix) {
            *open.entry(holder).or_default() += 1;
        }
        drop(open);
        Ok(Some(Entered {
            at: Arc::clone(self),
            prefix,
        }))
    }

    fn limit_of(&self, holder: Holder) -> usize {
        match holder {
            Holder::Network(_) => self.limit,
            Holder::Site(_) => self.limit.saturating_mul(PER_SITE),
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Holder, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holders(prefix: AddressPrefix) -> impl Iterator<Item = Holder> {
    let site = prefix.site().map(Holder::Site);
    std::iter::once(Holder::Network(prefix)).chain(site)
}

/// An address has as many connections as it may have.
#[derive(Debug)]
pub(super) struct TooMany;

/// A connection that is counted.
#[derive(Debug)]
pub(super) struct Entered {
    at: Arc<PerAddress>,
    prefix: AddressPrefix,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = self.at.open();
        for holder in holders(self.prefix) {
            if let Some(count) = open.get_mut(&holder) {
                *count -= 1;
                if *count == 0 {
                    open.remove(&holder);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Reader;

    fn per_address(trusted: &str) -> Arc<PerAddress> {
        let proxies = TrustedProxies::read(&mut Reader::from_values([("TRUSTED_PROXIES", trusted)]));
        PerAddress::new(2, proxies, || {})
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_until_one_ends() {
        let limit = per_address("");
        let first = limit.enter(ip("2001:db8::1")).unwrap();
        let second = limit.enter(ip("2001:db8::2")).unwrap();
        assert!(limit.enter(ip("2001:db8::3")).is_err(), "the same network");
        assert!(limit.enter(ip("2001:db8:0:1::1")).is_ok());
        drop(first);
        let third = limit.enter(ip("2001:db8::3")).unwrap();
        drop((second, third));
        assert!(limit.open().is_empty(), "nothing is kept of who has left");
    }

    #[test]
    fn a_site_cannot_take_all_with_its_many_networks() {
        let limit = per_address("");
        let mut all = Vec::new();
        while let Ok(entered) = limit.enter(ip(&format!("2001:db8:0:{:x}::1", all.len()))) {
            all.push(entered);
        }
        assert_eq!(all.len(), 2 * PER_SITE);
        assert!(limit.enter(ip("2001:db8:1::1")).is_ok(), "another site");
        assert!(limit.enter(ip("192.0.2.1")).is_ok());
        drop(all);
        assert!(limit.open().is_empty());
    }

    #[test]
    fn a_proxy_has_as_many_as_it_likes() {
        let limit = per_address("10.0.0.0/8");
        let all: Vec<_> = (0..10).map(|_| limit.enter(ip("10.0.0.7"))).collect();
        assert!(all.iter().all(Result::is_ok));
    }
}
