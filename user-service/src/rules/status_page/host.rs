//! Host names of status pages' own.

use domain::monitor::FieldError;
use url::{Host, Url};

/// The longest host name, so that the name of the TXT record that proves it fits into DNS as well.
const MAX_CHARS: usize = 230;

/// The host names of the installation itself, which no page may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnHosts(Vec<String>);

impl OwnHosts {
    /// Those of these addresses.
    pub(crate) fn of<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Self {
        Self(
            urls.into_iter()
                .filter_map(|url| url.host_str())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The host name that a page is to have, in lower case and as it is in DNS.
    pub(super) fn valid(&self, given: &str) -> Result<String, FieldError> {
        const FIELD: &str = "custom_domain";
        let host = domain(FIELD, given)?;
        let is_own = |own: &String| {
            let below = host.strip_suffix(own.as_str());
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        };
        match self.0.iter().any(is_own) {
            true => Err(FieldError::new(FIELD, "is a host name of this installation")),
            false => Ok(host),
        }
    }
}

/// A domain of at least two labels, in lower case and as it is in DNS.
pub(super) fn domain(field: &str, given: &str) -> Result<String, FieldError> {
    let wrong = |message: &str| Err(FieldError::new(field, message));
    let given = given.trim();
    let given = given.strip_suffix('.').unwrap_or(given);
    // The parser of hosts, which is made for URLs, would decode it.
    if given.is_empty() || given.contains(['%', '/', '@']) {
        return wrong("must be a host name, as in status.example.org");
    }
    if given.len() > MAX_CHARS * 4 {
        return wrong("is too long");
    }
    match Host::parse(given) {
        Ok(Host::Domain(host)) if host.len() > MAX_CHARS => wrong("is too long"),
        Ok(Host::Domain(host)) if host.split('.').all(is_label) => match host.contains('.') {
            true => Ok(host),
            false => wrong("must be a host name with a dot, as in status.example.org"),
        },
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => wrong("must be a host name, not an address"),
        _ => wrong("must be a host name, as in status.example.org"),
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
