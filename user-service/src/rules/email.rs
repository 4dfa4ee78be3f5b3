//! E-mail addresses, as the HTML standard has them in forms.

use url::Host;

/// The longest address that SMTP can carry (RFC 5321).
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const TOO_LONG: &str = "must have at most 254 bytes";

/// The address in its normal form: trimmed, in lower case, the domain in ASCII.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn normalise(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is required");
    }
    // Before anything is made of it; in its normal form it may still be longer.
    if text.len() > MAX_BYTES {
        return Err(TOO_LONG);
    }
    let (local, domain) = text.rsplit_once('@').ok_or("must be an e-mail address")?;
    let is_local = !local.is_empty()
        && local.len() <= MAX_LOCAL_BYTES
        && local
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return Err("must be an e-mail address");
    };
    if !is_local || !domain.split('.').all(is_label) {
        return Err("must be an e-mail address");
    }
    let address = format!("{}@{domain}", local.to_ascii_lowercase());
    if address.len() > MAX_BYTES {
        return Err(TOO_LONG);
    }
    Ok(address)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn one_address_has_one_form() {
        for (text, normal) in [
            (" Ada@Example.ORG ", "ada@example.org"),
            ("a.b+c@bücher.example", "a.b+c@xn--bcher-kva.example"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(normalise(text).as_deref(), Ok(normal));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}example.org", "label.".repeat(50));
        for text in [
            "",
            " ",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a\u{0}@example.org",
            "a@b@example.org",
            "a@-x.org",
            "a@x..org",
            "a@127.0.0.1",
            "a@[::1]",
            "<a>@x.org",
            &long_local,
            &long,
        ] {
            assert!(normalise(text).is_err(), "{text}");
        }
    }
}
