//! Hides secrets in addresses.

use url::Url;

/// Parts of a name that mark its value as a secret.
const SENSITIVE: [&str; 14] = [
    "token",
    "key",
    "secret",
    "pass",
    "pwd",
    "auth",
    "sig",
    "credential",
    "session",
    "jwt",
    "code",
    "cookie",
    "bearer",
    "private",
];

/// The longest address that is shown, in bytes.
const MAX_SHOWN_BYTES: usize = 512;

/// The address without credentials, with the values of sensitive query parameters replaced by `***`, and
/// cut to 512 bytes. Anything but a URL is shown as `(invalid)`.
pub fn url(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return "(invalid)".to_owned();
    };
    // They fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query_pairs().any(|(name, _)| is_sensitive(&name)) {
        let pairs: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_sensitive(&name) { "***".into() } else { value };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    let mut shown = String::from(url);
    shown.truncate(shown.floor_char_boundary(MAX_SHOWN_BYTES));
    shown
}

/// Whether a header or a query parameter of this name holds a secret.
pub fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SENSITIVE.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn secrets_are_cut_and_the_rest_is_kept() {
        assert_eq!(url("https://u:p@example.org/a?x=1"), "https://example.org/a?x=1");
        assert_eq!(
            url("https://example.org/?q=a&API_Key=abc"),
            "https://example.org/?q=a&API_Key=***"
        );
        assert_eq!(url("nonsense"), "(invalid)");
    }
}
