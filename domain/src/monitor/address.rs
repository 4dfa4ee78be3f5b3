//! Addresses that can be checked.

use url::{Host, Url};

use crate::field_error::Errors;

/// The longest address in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// The longest name of a host, in bytes (RFC 1035).
const MAX_HOST_BYTES: usize = 253;
/// The longest part between two dots of it.
const MAX_LABEL_BYTES: usize = 63;

/// Parses an address for an HTTP check into its normal form.
///
/// # Errors
/// A sentence that says what is wrong: another scheme than `http` or `https`, no host, credentials, a
/// control character or space, port 0, or more than 2048 bytes.
pub fn parse_url(text: &str) -> Result<Url, &'static str> {
    if text.is_empty() {
        return Err("is required");
    }
    if text.len() > MAX_URL_BYTES {
        return Err("must have at most 2048 bytes");
    }
    // Checked before parsing, because the parser drops tabs and line feeds silently.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("must not contain a control character or white space");
    }
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err("must start with http:// or https://");
    }
    let mut url = Url::parse(text).map_err(|_| "is not a valid URL")?;
    match url.host() {
        None | Some(Host::Domain("")) => return Err("must name a host"),
        Some(Host::Domain(name)) => check_name(name, url.scheme() == "https")?,
        Some(_) => {}
    }
    if !url.username().is_empty() || url.password().is_some() || has_userinfo(text) {
        return Err("must not contain credentials");
    }
    if url.port() == Some(0) {
        return Err("must not use port 0");
    }
    url.set_fragment(None);
    Ok(url)
}

/// Parses an address such as `tcp://example.org:5432` into its host in normal form and its port, if it has one.
///
/// # Errors
/// A sentence that says what is wrong: another scheme, no host, credentials, a path, or an invalid port.
pub fn parse_endpoint(text: &str, scheme: &str) -> Result<(String, Option<u16>), String> {
    if text.is_empty() {
        return Err("is required".to_owned());
    }
    if text.len() > MAX_URL_BYTES {
        return Err("must have at most 2048 bytes".to_owned());
    }
    let authority = text
        .split_once("://")
        .filter(|(given, _)| given.eq_ignore_ascii_case(scheme))
        .map(|(_, rest)| rest.strip_suffix('/').unwrap_or(rest))
        .ok_or_else(|| format!("must start with {scheme}://"))?;
    if authority.contains('@') {
        return Err("must not contain credentials".to_owned());
    }
    if authority.contains(['/', '?', '#', '\\']) || authority.chars().any(char::is_whitespace) {
        return Err(format!("must have the form {scheme}://host"));
    }
    // An IPv6 address stands in brackets, because it has colons of its own.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host = Host::parse(host).map_err(|_| "must name a host".to_owned())?;
    if let Host::Domain(name) = &host {
        check_name(name, scheme == "tls")?;
    }
    let port = match port {
        None => None,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err("must have a port from 1 to 65535".to_owned()),
        },
    };
    Ok((host.to_string(), port))
}

/// Refuses a name that DNS cannot have, or no certificate can be for. It is in the normal form of URLs.
fn check_name(name: &str, for_tls: bool) -> Result<(), &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| (1..=MAX_LABEL_BYTES).contains(&label.len());
    if name.len() > MAX_HOST_BYTES || !name.split('.').all(is_label) {
        return Err("must name a host of at most 253 characters, with 1 to 63 between two dots");
    }
    let is_plain = |label: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    if for_tls && !name.split('.').all(is_plain) {
        return Err("must name a host of letters, digits, - and _, which a certificate can be for");
    }
    Ok(())
}

/// [`parse_endpoint`] that notes what is wrong as an error of the field `url`.
pub(super) fn endpoint(url: &str, scheme: &str, errors: &mut Errors) -> Option<(String, Option<u16>)> {
    parse_endpoint(url, scheme)
        .map_err(|message| errors.add("url", message))
        .ok()
}

/// Even an empty userinfo (`http://@host`) is refused: it misleads a reader about the host.
fn has_userinfo(text: &str) -> bool {
    let after_scheme = text.split_once("//").map_or("", |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#', '\\']).next().unwrap_or("");
    authority.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_web_addresses_and_normalises_them() {
        for (text, normal) in [
            ("https://example.org", "https://example.org/"),
            ("HTTP://EXAMPLE.org:80/a?b=c#d", "http://example.org/a?b=c"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://my_app.lan", "http://my_app.lan/"),
            ("https://_my_app_.lan.", "https://_my_app_.lan./"),
            ("http://-a-.example", "http://-a-.example/"),
        ] {
            assert_eq!(
                parse_url(text).map(|u| u.to_string()),
                Ok(normal.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn endpoints_have_a_host_and_perhaps_a_port() {
        for (text, scheme, host, port) in [
            ("tcp://example.org:5432", "tcp", "example.org", Some(5432)),
            ("TCP://EXAMPLE.org:80/", "tcp", "example.org", Some(80)),
            ("icmp://192.0.2.1", "icmp", "192.0.2.1", None),
            ("icmp://0x7f.1", "icmp", "127.0.0.1", None),
            ("tls://[2001:DB8::1]:853", "tls", "[2001:db8::1]", Some(853)),
            ("tls://[2001:db8::1]", "tls", "[2001:db8::1]", None),
            ("dns://b\u{fc}cher.example", "dns", "xn--bcher-kva.example", None),
            (
                "dns://_dmarc.my_app.example",
                "dns",
                "_dmarc.my_app.example",
                None,
            ),
            ("tcp://my_app.lan:80", "tcp", "my_app.lan", Some(80)),
            ("tls://my_app.lan", "tls", "my_app.lan", None),
            ("icmp://my_app.lan", "icmp", "my_app.lan", None),
        ] {
            assert_eq!(
                parse_endpoint(text, scheme),
                Ok((host.to_owned(), port)),
                "{text}"
            );
        }
        for (text, part) in [
            ("", "required"),
            ("http://example.org", "tcp://"),
            ("example.org:80", "tcp://"),
            ("tcp://", "host"),
            ("tcp://u:p@example.org:80", "credentials"),
            ("tcp://example.org:0", "port"),
            ("tcp://example.org:65536", "port"),
            ("tcp://example.org:80/path", "form"),
            ("tcp://exa mple.org:80", "form"),
            ("tcp://::1:80", "host"),
        ] {
            let error = parse_endpoint(text, "tcp").expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_the_rest() {
        let long = format!("https://example.org/{}", "a".repeat(2_048));
        for (text, part) in [
            ("", "required"),
            ("ftp://example.org/", "http://"),
            ("javascript:alert(1)", "http://"),
            ("//example.org", "http://"),
            ("example.org", "http://"),
            ("https://user:pw@example.org/", "credentials"),
            ("https://user@example.org/", "credentials"),
            ("https://@example.org/", "credentials"),
            ("https://exa\tmple.org/", "control"),
            ("https://example.org/\r\nHost: x", "control"),
            ("https://example.org/a b", "white space"),
            ("https://", "valid"),
            ("https://exa%mple.org/", "valid"),
            ("https://example.org:0/", "port"),
            ("https://example.org:99999/", "valid"),
            ("https://a..example/", "253"),
            (&format!("https://{}.example/", "a".repeat(64)), "63"),
            ("https://-a.example/", "certificate"),
            ("https://a!b.example/", "certificate"),
            (&long, "2048"),
        ] {
            let error = parse_url(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
