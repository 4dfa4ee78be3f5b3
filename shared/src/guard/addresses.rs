//! What addresses stand for, and where they can be reached from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// The IPv4 address that an IPv6 address stands for: v4-mapped and v4-compatible (RFC 4291), v4-translated
/// (RFC 2765), NAT64 (RFC 6052) and 6to4 (RFC 3056). Connecting to such an address ends at the IPv4 host.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let segments = v6.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] => embedded(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        _ => address,
    }
}

/// The IPv4 addresses that one of 64:ff9b:1::/48 (RFC 8215) may stand for. Which one depends on the length of
/// the network's own prefix, 48, 56, 64 or 96 (RFC 6052), so that each must be permitted; what begins with a
/// zero is a prefix or a suffix that was taken for an address.
pub(super) fn local_nat64_readings(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let o = address.octets();
    [
        [o[6], o[7], o[9], o[10]],
        [o[7], o[9], o[10], o[11]],
        [o[9], o[10], o[11], o[12]],
        [o[12], o[13], o[14], o[15]],
    ]
    .into_iter()
    .filter(|octets| octets[0] != 0)
    .map(Ipv4Addr::from)
}

/// 169.254.0.0/16 and fe80::/10, and the metadata addresses that clouds put elsewhere.
pub(super) fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || METADATA_V4.contains(&v4.octets()),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || METADATA_V6.contains(&v6.segments()),
    }
}

/// Whether an address is reachable in the public internet: of IPv6 in 2000::/3 only, and in none of the IANA
/// special-purpose registries (RFC 6890 and its updates), nor multicast or reserved.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|&(base, prefix)| in_v4(v4, base, prefix)),
        IpAddr::V6(v6) => {
            in_v6(v6, [0x2000, 0, 0, 0, 0, 0, 0, 0], 3)
                && !SPECIAL_V6.iter().any(|&(base, prefix)| in_v6(v6, base, prefix))
        }
    }
}

fn in_v4(address: Ipv4Addr, base: [u8; 4], prefix: u8) -> bool {
    Ipv4Net::new_assert(base.into(), prefix).contains(&address)
}

pub(super) fn in_v6(address: Ipv6Addr, base: [u16; 8], prefix: u8) -> bool {
    Ipv6Net::new_assert(base.into(), prefix).contains(&address)
}

/// NAT64 prefixes for networks of one's own.
pub(super) const LOCAL_NAT64: [u16; 8] = [0x64, 0xff9b, 1, 0, 0, 0, 0, 0];

/// Alibaba, Oracle (classic) and Azure.
const METADATA_V4: [[u8; 4]; 3] = [[100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16]];

/// Amazon (instances and pods), Google and Oracle.
const METADATA_V6: [[u16; 8]; 4] = [
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
];

const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Within 2000::/3.
const SPECIAL_V6: [([u16; 8], u8); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];
