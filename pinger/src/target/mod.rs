//! Where a check goes: addresses, hosts, and the resolver that finds the addresses of hosts.

mod address;
mod host;
mod resolve;

pub(crate) use self::address::Address;
pub(crate) use self::host::{Host, host_key};
#[cfg(test)]
pub(crate) use self::resolve::tests::resolver as test_resolver;
pub(crate) use self::resolve::{Resolver, no_address};
