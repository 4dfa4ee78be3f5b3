//! E-mail addresses as people write them, and the one form by which they are compared, stored and counted.

use std::fmt;

use url::Host;

/// The longest address that SMTP can carry, in bytes (RFC 5321).
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;

const REQUIRED: &str = "is required";
const NO_ADDRESS: &str = "must be an e-mail address";
const TOO_LONG: &str = "must have at most 254 bytes";
const TOO_LONG_LOCAL: &str = "must have at most 64 bytes before the @";
const ENCODED: &str = "must not contain % after the @";

/// An e-mail address as the HTML standard has them in forms. However it is written, its domain is in ASCII and in
/// lower case: what Unicode maps to the same name (full width, `。`, soft hyphens) is the same domain.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    mailbox: String,
    /// Where the domain begins.
    domain: usize,
}

/// An address is nothing for a log.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress")
    }
}

impl EmailAddress {
    /// Reads what somebody wrote. White space around it does not matter.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err(REQUIRED);
        }
        // Before anything is made of it; in ASCII it may still be longer.
        if text.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NO_ADDRESS)?;
        if local.is_empty() || !local.bytes().all(is_of_local) {
            return Err(NO_ADDRESS);
        }
        if local.len() > MAX_LOCAL_BYTES {
            return Err(TOO_LONG_LOCAL);
        }
        // The parser of hosts, which is made for URLs, would decode it.
        if domain.contains('%') {
            return Err(ENCODED);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return Err(NO_ADDRESS);
        };
        if !domain.split('.').all(is_label) {
            return Err(NO_ADDRESS);
        }
        let address = Self {
            mailbox: format!("{local}@{domain}"),
            domain: local.len() + 1,
        };
        if address.mailbox.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        Ok(address)
    }

    /// Where mail goes: what stands before the `@` is as it was written, for it is the mail server's to read.
    pub fn mailbox(&self) -> &str {
        &self.mailbox
    }

    /// The form by which addresses are the same: all in lower case.
    pub fn normal(&self) -> String {
        self.mailbox.to_ascii_lowercase()
    }

    /// The [normal](Self::normal) form of `text`. What was stored before addresses were read as strictly is only put in
    /// lower case.
    pub fn normal_of(text: &str) -> String {
        Self::parse(text).map_or_else(|_| text.trim().to_lowercase(), |address| address.normal())
    }

    /// Whether mail servers of the Internet take it: the domain has a dot, and no dot stands at an end of what is
    /// before the `@`, or beside another one (RFC 5321).
    pub fn is_routable(&self) -> bool {
        let (local, domain) = (&self.mailbox[..self.domain - 1], &self.mailbox[self.domain..]);
        domain.contains('.') && local.split('.').all(|part| !part.is_empty())
    }
}

fn is_of_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Result<String, &'static str> {
        EmailAddress::parse(text).map(|address| address.normal())
    }

    #[test]
    fn one_address_has_one_form() {
        for (text, expected) in [
            (" Ada@Example.ORG ", "ada@example.org"),
            ("ada@ex\u{ad}ample.org", "ada@example.org"),
            ("ada@example\u{3002}org", "ada@example.org"),
            ("ada@ｅｘａｍｐｌｅ.org", "ada@example.org"),
            ("a.b+c@bücher.example", "a.b+c@xn--bcher-kva.example"),
            ("a.b+c@BÜCHER.example", "a.b+c@xn--bcher-kva.example"),
            ("a.b+c@xn--bcher-kva.example", "a.b+c@xn--bcher-kva.example"),
            ("50%@example.org", "50%@example.org"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(normal(text).as_deref(), Ok(expected));
            assert_eq!(normal(expected).as_deref(), Ok(expected), "it is its own form");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}example.org", "label.".repeat(50));
        let long_in_ascii = format!("a@{}.example", ["bücher"; 30].join("."));
        for (text, wrong) in [
            ("", REQUIRED),
            ("  ", REQUIRED),
            ("ada", NO_ADDRESS),
            ("@example.org", NO_ADDRESS),
            ("ada@", NO_ADDRESS),
            ("a b@example.org", NO_ADDRESS),
            ("ada@exa mple.org", NO_ADDRESS),
            ("ada@ex..org", NO_ADDRESS),
            ("ada@example.org.", NO_ADDRESS),
            ("ada@-x.org", NO_ADDRESS),
            ("ada@[127.0.0.1]", NO_ADDRESS),
            ("ada@127.0.0.1", NO_ADDRESS),
            ("a\u{0}da@example.org", NO_ADDRESS),
            ("ad\u{ad}a@example.org", NO_ADDRESS),
            ("ａda@example.org", NO_ADDRESS),
            ("ada@%65xample.org", ENCODED),
            (&long_local, TOO_LONG_LOCAL),
            (&long, TOO_LONG),
            (&long_in_ascii, TOO_LONG),
        ] {
            assert_eq!(normal(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn mail_keeps_what_stands_before_the_at() {
        let address = EmailAddress::parse("Ada.L@Bücher.example").unwrap();
        assert_eq!(address.mailbox(), "Ada.L@xn--bcher-kva.example");
        assert_eq!(format!("{address:?}"), "EmailAddress");
    }

    #[test]
    fn what_mail_servers_do_not_take_is_known() {
        for (text, expected) in [
            ("ada@example.org", true),
            ("a.d.a@example.org", true),
            ("ada@localhost", false),
            (".ada@example.org", false),
            ("ada.@example.org", false),
            ("a..da@example.org", false),
        ] {
            assert_eq!(
                EmailAddress::parse(text).unwrap().is_routable(),
                expected,
                "{text}"
            );
        }
    }
}
