//! Addresses that a user may have checked.

use url::Url;

/// The longest address in bytes.
const MAX_URL_BYTES: usize = 2_048;

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
    if url.host_str().is_none_or(str::is_empty) {
        return Err("must name a host");
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
        ] {
            assert_eq!(
                parse_url(text).map(|u| u.to_string()),
                Ok(normal.to_owned()),
                "{text}"
            );
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
            (&long, "2048"),
        ] {
            let error = parse_url(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
