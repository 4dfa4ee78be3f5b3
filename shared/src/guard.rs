//! The target guard: which addresses may be connected to on a user's behalf.
//!
//! Apply it to the resolved address that is then connected to, at every redirect, so that neither a name
//! that resolves to an inner address nor one that changes between two look-ups gets past.

mod addresses;

use std::net::IpAddr;

use ipnet::IpNet;

use crate::settings::Reader;

use addresses::{LOCAL_NAT64, canonical, in_v6, is_metadata, is_public, local_nat64_readings};

/// What may be connected to.
#[derive(Clone, Debug)]
pub struct TargetGuard {
    targets: Targets,
    allow: Vec<IpNet>,
    deny: Vec<IpNet>,
}

/// The rule for addresses that no list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Only what is reachable in the public internet.
    Public,
    /// Anything but link-local addresses and others behind which clouds keep their metadata.
    Any,
}

impl TargetGuard {
    /// Reads `PROBE_TARGETS`, `PROBE_ALLOW` and `PROBE_DENY`.
    pub fn read(env: &mut Reader) -> Self {
        let targets = env.parsed(
            "PROBE_TARGETS",
            "public",
            "which addresses may be checked and be sent webhooks: public, or any (for your own network)",
            |text| match text {
                "public" => Ok(Targets::Public),
                "any" => Ok(Targets::Any),
                _ => Err("must be public or any".to_owned()),
            },
        );
        let allow = env.parsed(
            "PROBE_ALLOW",
            "",
            "comma-separated CIDR blocks that may be checked in any case, for example 10.1.0.0/16",
            parse_blocks,
        );
        let deny = env.parsed(
            "PROBE_DENY",
            "",
            "comma-separated CIDR blocks that may never be checked, for example 10.1.2.0/24",
            parse_blocks,
        );
        Self::new(
            targets.unwrap_or(Targets::Public),
            allow.unwrap_or_default(),
            deny.unwrap_or_default(),
        )
    }

    /// A guard by its rule and its lists; `deny` outweighs `allow`, and `allow` the rule.
    pub fn new(targets: Targets, allow: Vec<IpNet>, deny: Vec<IpNet>) -> Self {
        Self { targets, allow, deny }
    }

    /// The rule for addresses that no list names.
    pub fn targets(&self) -> Targets {
        self.targets
    }

    /// Whether users may be shown an address, and what is read from it. With [`Targets::Public`] that is only what the
    /// internet reaches as well: what `PROBE_ALLOW` opens besides is checked, and stays unseen.
    pub fn shows(&self, address: IpAddr) -> bool {
        match self.targets {
            Targets::Public => is_internet(canonical(address)),
            Targets::Any => true,
        }
    }

    /// Whether an address may be connected to and still not be shown.
    pub fn permits_unseen(&self) -> bool {
        self.targets == Targets::Public && !self.allow.is_empty()
    }

    /// Whether `address` may be connected to.
    pub fn permits(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V6(v6) if in_v6(v6, LOCAL_NAT64, 48) => {
                let mut readings = local_nat64_readings(v6).peekable();
                readings.peek().is_some() && readings.all(|v4| self.permits_canonical(v4.into()))
            }
            _ => self.permits_canonical(canonical(address)),
        }
    }

    fn permits_canonical(&self, address: IpAddr) -> bool {
        let in_any = |blocks: &[IpNet]| blocks.iter().any(|block| block.contains(&address));
        if in_any(&self.deny) {
            return false;
        }
        if in_any(&self.allow) {
            return true;
        }
        match self.targets {
            Targets::Public => is_internet(address),
            Targets::Any => !is_metadata(address) && !address.is_unspecified(),
        }
    }
}

/// What may be connected to with [`Targets::Public`].
fn is_internet(address: IpAddr) -> bool {
    is_public(address) && !is_metadata(address)
}

pub(crate) fn parse_blocks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|block| !block.is_empty())
        .map(|block| {
            block
                .parse::<IpNet>()
                .or_else(|_| block.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| format!("must hold CIDR blocks; {block} is none"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(targets: Targets) -> TargetGuard {
        TargetGuard::new(targets, Vec::new(), Vec::new())
    }

    const INNER: [&str; 64] = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:a9fe:a9fe::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "168.63.129.16",
        "192.0.0.192",
        "::ffff:168.63.129.16",
        "::ffff:0:10.0.0.1",
        "::ffff:0:169.254.169.254",
        "64:ff9b:1::a00:1",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:a00:0:100::",
        "64:ff9b:1:a9:fe:a9fe::",
        "64:ff9b:1:0:a9:fea9:fe00:0",
        "64:ff9b:1:ffff:a:0:100:0",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "1fff::1",
        "4000::1",
        "5f00::1",
        "3fff::1",
    ];

    const PUBLIC: [&str; 21] = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "2002:808:808::",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b:1::808:808",
        "64:ff9b:1:808:8:800::",
        "168.63.129.17",
        "3ffe::1",
    ];

    #[test]
    fn public_permits_only_what_the_internet_reaches() {
        let guard = guard(Targets::Public);
        for text in INNER {
            assert!(!guard.permits(text.parse().unwrap()), "{text}");
        }
        for text in PUBLIC {
            assert!(guard.permits(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn any_alone_never_opens_the_metadata_address() {
        let guard = guard(Targets::Any);
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "100.100.100.200",
            "169.254.170.23",
            "192.0.0.192",
            "168.63.129.16",
            "::ffff:0:169.254.169.254",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1::c000:c0",
            "64:ff9b:1::",
            "fe80::1",
            "0.0.0.0",
            "::",
        ] {
            assert!(!guard.permits(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "192.168.1.1",
            "8.8.8.8",
            "fd00::1",
            "64:ff9b:1::a00:1",
        ] {
            assert!(guard.permits(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn with_public_targets_only_public_addresses_are_shown() {
        let blocks = parse_blocks("10.1.0.0/16").unwrap();
        let opened = TargetGuard::new(Targets::Public, blocks, Vec::new());
        assert!(opened.permits_unseen() && !guard(Targets::Public).permits_unseen());
        for text in INNER {
            assert!(!opened.shows(text.parse().unwrap()), "{text}");
            assert!(guard(Targets::Any).shows(text.parse().unwrap()), "{text}");
        }
        assert!(opened.permits("10.1.0.1".parse().unwrap()) && !opened.shows("10.1.0.1".parse().unwrap()));
        assert!(opened.shows("8.8.8.8".parse().unwrap()));
    }

    #[test]
    fn lists_outweigh_the_rule_and_deny_outweighs_allow() {
        let guard = TargetGuard::new(
            Targets::Public,
            parse_blocks("10.1.0.0/16, 169.254.169.254").unwrap(),
            parse_blocks("10.1.2.0/24,8.8.8.8").unwrap(),
        );
        for (text, permitted) in [
            ("10.1.0.1", true),
            ("::ffff:10.1.0.1", true),
            ("::ffff:0:10.1.0.1", true),
            ("64:ff9b:1::a01:1", true),
            ("64:ff9b:1::a01:201", false),
            ("10.1.2.1", false),
            ("10.2.0.1", false),
            ("8.8.8.8", false),
            ("1.1.1.1", true),
            ("169.254.169.254", true),
        ] {
            assert_eq!(guard.permits(text.parse().unwrap()), permitted, "{text}");
        }
        assert!(parse_blocks("10.0.0.0/33").is_err());
    }
}
