//! The hosts file of this machine.

use std::collections::HashMap;
use std::net::IpAddr;

/// Where it is.
const PATH: &str = "/etc/hosts";

/// The addresses that the hosts file has of names, which are in lower case and without a final dot.
#[derive(Debug, Default)]
pub(super) struct Hosts(HashMap<Box<str>, Vec<IpAddr>>);

impl Hosts {
    /// The hosts file of this machine, as it is now; a file that cannot be read has no names.
    pub(super) fn of_this_machine() -> Self {
        std::fs::read_to_string(PATH).map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) else {
                continue;
            };
            for name in words {
                let addresses = hosts.0.entry(normal(name).into_boxed_str()).or_default();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        hosts
    }

    /// The addresses of a name; none when the file does not have it.
    pub(super) fn addresses(&self, name: &str) -> &[IpAddr] {
        let name = name.strip_suffix('.').unwrap_or(name);
        // Names of monitors are in lower case already.
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file_is_read_as_the_system_reads_it() {
        let hosts = Hosts::parse(
            "# of this machine\n127.0.0.1\tlocalhost Shop.Example # a comment\n::1 localhost\n\
             192.0.2.7 my_app.lan my_app.lan.\nnonsense here\n192.0.2.8\n",
        );
        let texts = |name: &str| -> Vec<String> {
            let addresses = hosts.addresses(name).iter();
            addresses.map(IpAddr::to_string).collect()
        };
        assert_eq!(texts("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(texts("shop.example."), ["127.0.0.1"]);
        assert_eq!(texts("my_app.lan"), ["192.0.2.7"]);
        assert_eq!(texts("here"), [""; 0]);
        assert_eq!(texts("example"), [""; 0]);
    }
}
