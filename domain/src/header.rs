//! Headers of HTTP.

/// Whether a text is the name of a header: a token of RFC 9110.
pub(crate) fn is_name(name: &str) -> bool {
    let is_tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=256).contains(&name.len()) && name.bytes().all(is_tchar)
}
